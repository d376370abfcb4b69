"""The test targets of a study's main place: who is near whom, and which anion their precursors have."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import torch

from retort.runs import Run
from retort.sealed import read_table
from retort.studies.precursors.data import NONE, Archive, Known, read
from retort.studies.precursors.expert import Expert
from retort.studies.precursors.methods import raw_vectors

SELECTOR = "selector"


@dataclass(frozen=True)
class Targets:
    """The n test targets of the study's own data set, where all training reactions are labelled.

    Attributes:
        runs: those at this place.
        rows: (n,) of the archive's targets.
        family: of each.
    """

    runs: list[Run]
    archive: Archive
    rows: np.ndarray
    family: list[str]

    @classmethod
    def of(cls, runs: list[Run]) -> "Targets":
        """Read them."""
        runs = fullest(runs)
        inputs = runs[0].inputs
        archive = read(inputs.prepared, inputs.split, inputs.features)
        rows = archive.targets_of("test")
        return cls(runs, archive, rows, families(archive, rows))

    @property
    def keys(self) -> list[str]:
        return [self.archive.targets[row] for row in self.rows]

    @property
    def elements(self) -> list[list[str]]:
        """The symbols of each."""
        fractions = self.archive.target_fractions
        return [[self.archive.elements[i] for i in np.flatnonzero(fractions[row])] for row in self.rows]

    def spaces(self) -> dict[str, np.ndarray]:
        """Unit vectors (all targets, d) of the space that the selector of the first seed learned, and of the raw one.

        Empty without a trained selector.
        """
        selectors = [run for run in self.runs if run.variant == SELECTOR]
        if not selectors:
            return {}
        run = min(selectors, key=lambda run: run.seed)
        expert = Expert.load(run.folder, self.archive, run.settings, torch.device("cpu"))
        return {
            "learned": expert.encode(self.archive.target_fractions),
            "raw": raw_vectors(self.archive, "composition"),
        }

    def placed(self, table: pl.DataFrame) -> pl.DataFrame:
        """A table with `dataset, split` before its columns."""
        run = self.runs[0]
        return table.select(
            pl.lit(run.dataset).alias("dataset"), pl.lit(run.split).alias("split"), *table.columns
        )


def fullest(runs: list[Run]) -> list[Run]:
    """The runs on the study's own data set, the grid's first, on its split with the most that may be learned from."""
    here = [run for run in runs if run.dataset == runs[0].dataset]
    labelled = {
        split: int((read_table(path)["part"] == "train").sum())
        for split, path in sorted({(run.split, run.inputs.split) for run in here})
    }
    split = max(labelled, key=labelled.__getitem__)
    return [run for run in here if run.split == split]


def families(archive: Archive, targets: np.ndarray) -> list[str]:
    """The anion family of the precursors from which each target is most often made (see `family`)."""
    test = Known.of(archive, np.isin(archive.target, targets))
    number = {target: index for index, target in enumerate(test.targets.tolist())}
    amounts = [
        {archive.elements[i]: float(fractions[i]) for i in np.flatnonzero(fractions)}
        for fractions in archive.precursor_fractions
    ]
    names = []
    for target in targets.tolist():
        usual = test.sets[test.start[number[target]]]
        names.append(family([amounts[precursor] for precursor in usual if precursor != NONE]))
    return names


# The rarer anion names the set: nearly every set has an oxide, and most of the others a carbonate.
ANIONS = ("phosphate", "sulfate", "nitrate", "sulfide", "halide", "carbonate", "oxide")


def family(precursors: list[dict[str, float]]) -> str:
    """The anion family of a precursor set, each precursor given by the amounts of its elements.

    Of several anions the first of `ANIONS` is taken. A set without any is `elements` if most of it are pure
    elements, else `other`.
    """
    anions = {_anion(amounts) for amounts in precursors}
    pure = sum(len(amounts) == 1 for amounts in precursors)
    rest = "elements" if 2 * pure > len(precursors) else "other"
    return next((name for name in ANIONS if name in anions), rest)


def _anion(amounts: dict[str, float]) -> str | None:
    """The anion of one precursor, or None for elements, alloys, nitrides and the like.

    Phosphorus, sulfur, nitrogen or carbon count where oxygen is beside them, sulfur and its kin also where none
    is. Ammonium (four H per N) is no anion: NH4VO3 is an oxide. Acetates, oxalates and other organic salts count
    as carbonates, hydroxides as oxides.
    """
    if len(amounts) == 1:
        return None
    oxygen = amounts.get("O", 0.0)
    nitrogen = amounts.get("N", 0.0) - amounts.get("H", 0.0) / 4  # beyond ammonium
    small = 1e-5 * sum(amounts.values())
    # TaON has less oxygen than a nitrite, two per nitrogen.
    nitrate = "C" not in amounts and nitrogen > small and oxygen > 2 * nitrogen - small
    for name, holds in (
        ("phosphate", oxygen and "P" in amounts),
        ("sulfate", oxygen and "S" in amounts),
        ("nitrate", nitrate),
        ("sulfide", not oxygen and amounts.keys() & {"S", "Se", "Te"}),
        ("halide", amounts.keys() & {"F", "Cl", "Br", "I"}),
        ("carbonate", oxygen and "C" in amounts),
        ("oxide", oxygen),
    ):
        if holds:
            return name
    return None
