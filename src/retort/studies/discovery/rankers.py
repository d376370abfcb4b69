"""The trained networks of six properties that answer `retort rank`, and what they learned from."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import torch

from retort.asking import AskError, best_runs, read_run, usable
from retort.chemistry import magpie
from retort.chemistry.composition import SYMBOLS, element_order, fraction_matrix, parse
from retort.nn.gated_experts import GatedExperts
from retort.sealed import read_tensors
from retort.studies.discovery.data import (
    GENERATED,
    GENERATED_UNITS,
    PROPERTIES,
    UNITS,
    Materials,
    possible,
    read,
)
from retort.studies.discovery.query import amounts_rows
from retort.studies.discovery.recall import Space, cumulated
from retort.studies.discovery.represent import block, vectors
from retort.studies.discovery.similar import STUDY, inputs_of

# Rankers of formulas, the published kind first; the fallback are networks of single tasks.
PREFERRED = (
    "mmoe-all",
    "mmoe-auxiliary-all",
    "shared-wide-all",
    "shared-all",
    "single-wide-all",
    "single-all",
)
PLACE = "tasks"


@dataclass(frozen=True)
class Rankers:
    """All seeds of one trained ranker.

    Attributes:
        folders, records: of the runs.
        materials: what each run saw.
    """

    folders: list[Path]
    records: list[dict]
    materials: list[Materials]

    @classmethod
    def best(cls, folder: Path | None) -> "Rankers":
        """The named run alone, else all seeds of the preferred ranker, of real materials before generated ones.

        Raises:
            AskError: there is none, or it reads more than the formula.
        """
        folders = best_runs(STUDY, PREFERRED, split=PLACE) if folder is None else [folder]
        records = [read_run(STUDY, at) for at in folders]
        for at, record in zip(folders, records, strict=True):
            if record["settings"].get("method") != "ranker" or record["settings"]["reads"] != ["magpie"]:
                raise AskError(
                    f"--run {at}: it is no ranker of formulas. Hint: data/runs/{STUDY}/*/{PLACE}/mmoe-all/seed0"
                )
        found = []
        for at, record in zip(folders, records, strict=True):
            with usable(STUDY, at):
                inputs = inputs_of(at, record)
                found.append(read(inputs.prepared, inputs.split, None))
            if found[-1].properties != PROPERTIES:
                raise AskError(
                    f"--run {at}: it predicts {', '.join(found[-1].properties)}, expected {', '.join(PROPERTIES)}. "
                    f"Hint: data/runs/{STUDY}/*/{PLACE}/mmoe-all/seed0"
                )
        return cls(folders, records, found)

    @cached_property
    def labelled(self) -> pl.DataFrame:
        """The rows that any of the runs learned from, one a composition."""
        rows = pl.concat([each.table[each.train] for each in self.materials])
        return rows.unique("composition", keep="first", maintain_order=True)

    @cached_property
    def amounts(self) -> np.ndarray:
        """(L, 119) atomic fractions of the labelled rows."""
        return amounts_rows([parse(formula) for formula in self.labelled["formula"]])

    @property
    def units(self) -> dict[str, str]:
        return GENERATED_UNITS if GENERATED in self.labelled.columns else UNITS

    @property
    def elements(self) -> set[str]:
        """Symbols of the elements that labelled rows have."""
        return {SYMBOLS[number - 1] for number in np.flatnonzero(self.amounts.sum(axis=0) > 0)}

    def description(self) -> dict:
        """Which runs answer, for programs."""
        first = self.records[0]
        return {
            **{name: first[name] for name in ("dataset", "variant", "generated")},
            "runs": [folder.as_posix() for folder in self.folders],
            "labelled": len(self.labelled),
            "units": self.units,
        }

    def predict(self, compositions: list[dict[str, float]]) -> np.ndarray:
        """(runs, M, 6) what each run says, in the properties' units.

        The weights are those of the evaluation that was best on average; the study's predictions are each property's
        own best, so that they may differ a little.
        """
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # a few rows are quicker so, and the last digits always the same
        try:
            return np.stack([self._said(run, compositions) for run in range(len(self.folders))])
        finally:
            torch.set_num_threads(threads)

    def _said(self, run: int, compositions: list[dict[str, float]]) -> np.ndarray:
        folder, record, materials = self.folders[run], self.records[run], self.materials[run]
        chosen = record["settings"]["ranker"]
        with usable(STUDY, folder):
            elements = element_order(symbol for each in compositions for symbol in each)
            asked = magpie.features(fraction_matrix(compositions, elements), elements).astype(np.float64)
            inputs = inputs_of(folder, record)
            seen = vectors("magpie", materials, inputs, record["settings"], record["seed"])
            # Centred and scaled as in training: on its rows.
            columns = block("magpie", np.concatenate([seen, asked]), materials.known)[len(seen) :]
            columns *= np.sqrt(columns.shape[1])
            weights = read_tensors(folder / "model.safetensors")
            center, scale = (weights.pop(f"target_{name}").double() for name in ("center", "scale"))
            shape = (columns.shape[1], len(PROPERTIES), chosen["experts"], chosen["hidden"], chosen["tower"])
            model = GatedExperts(*shape, alone=chosen["alone"])
            model.load_state_dict(weights)
        with torch.no_grad():
            said = model.eval()(torch.from_numpy(columns.astype(np.float32))).double() * scale + center
        return np.stack(
            [possible(said[:, task].numpy(), name) for task, name in enumerate(PROPERTIES)], axis=1
        )

    def spread(self) -> np.ndarray:
        """(6,) standard deviations of the labels."""
        return np.array([self.labelled[name].cast(pl.Float64).to_numpy().std() for name in PROPERTIES])

    def nearest(self, compositions: list[dict[str, float]]) -> list[dict]:
        """The labelled composition that is nearest to each, with its measured properties."""
        asked = cumulated(amounts_rows(compositions))
        space = Space(np.concatenate([cumulated(self.amounts), asked]), "cityblock")
        rows = np.arange(len(space.points))
        far = space.distances(rows[len(self.amounts) :], rows[: len(self.amounts)])
        places = far.argmin(axis=1)
        found = []
        for number, place in enumerate(places.tolist()):
            told = self.labelled.row(place, named=True)
            labels = {name: told[name] for name in PROPERTIES}
            distance = float(far[number, place])
            found.append(
                {"formula": told["formula"], "id": told["id"], "distance": distance, "measured": labels}
            )
        return found
