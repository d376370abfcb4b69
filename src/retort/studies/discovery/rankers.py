"""The trained networks of six properties that answer `retort rank`, and what they learned from."""

from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
import torch

from retort.asking import Answering, AskError, Found, Given, Rivals, read_run, usable
from retort.chemistry import magpie
from retort.chemistry.composition import SYMBOLS, element_order, fraction_matrix, parse
from retort.nn.gated_experts import GatedExperts
from retort.sealed import read_table, read_tensors
from retort.statistics.asked import edge
from retort.statistics.conformal import conformal_quantile
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
from retort.studies.discovery.rank import Ranked, answers
from retort.studies.discovery.recall import Space, cumulated
from retort.studies.discovery.represent import block, vectors
from retort.studies.discovery.similar import STUDY, inputs_of

PLACE = "tasks"
LEVEL = 0.9


def able(record: dict) -> bool:
    """Whether a run ranks by formulas alone, with a network that it keeps."""
    settings = record["settings"]
    return settings.get("method") == "ranker" and settings["reads"] == ["magpie"]


class Rankers(Answering[Ranked]):
    """All seeds of one trained ranker."""

    STUDY = STUDY

    @classmethod
    def best(cls) -> Self:
        """The ranker that did best on valid, of real materials before generated ones.

        Raises:
            AskError: there is none.
        """
        rivals = Rivals.of(STUDY, "rank", lambda _, record: record["split"] == PLACE and able(record))
        candidates = [cls(found) for found in rivals.largest().values()]
        return min(candidates, key=lambda one: (one.error("valid"), one.records[0]["variant"]))

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The run that the user named.

        Raises:
            AskError: it is no ranker, or reads more than the formula, or predicts something else.
        """
        record = read_run(STUDY, folder)
        if not able(record):
            raise AskError(
                f"--run {folder}: it is no ranker of formulas. Hint: data/runs/{STUDY}/*/{PLACE}/mmoe-all/seed0"
            )
        found: Found = folder, record
        one = cls([found])
        if (names := one.materials[0].properties) != PROPERTIES:
            raise AskError(
                f"--run {folder}: it predicts {', '.join(names)}, expected {', '.join(PROPERTIES)}. "
                f"Hint: data/runs/{STUDY}/*/{PLACE}/mmoe-all/seed0"
            )
        return one

    def answer(self, given: list[Given]) -> list[Ranked]:
        return answers(given, self)

    @cached_property
    def materials(self) -> list[Materials]:
        """What each run saw."""
        found = []
        for folder, record in zip(self.folders, self.records, strict=True):
            with usable(STUDY, folder):
                inputs = inputs_of(folder, record)
                found.append(read(inputs.prepared, inputs.split, None))
        return found

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
        units = GENERATED_UNITS if GENERATED in self.labelled.columns else UNITS
        return {name: units[name] for name in PROPERTIES}

    @property
    def elements(self) -> set[str]:
        """Symbols of the elements that labelled rows have."""
        return {SYMBOLS[number - 1] for number in np.flatnonzero(self.amounts.sum(axis=0) > 0)}

    @cached_property
    def description(self) -> dict:
        """Which runs answer and how good they were, for programs."""
        return {
            **self.origin(),
            "labelled": len(self.labelled),
            "units": self.units,
            "interval": {"level": LEVEL, "kind": "conformal"},
            "outside_above": self.edge,
            **{
                part: {"mae": dict(zip(PROPERTIES, self._off(part), strict=True))}
                for part in ("valid", "test")
            },
        }

    def judged(self, part: str) -> pl.DataFrame:
        """`property, id, value, prediction` of a part, the mean over runs."""
        tables = []
        for folder in self.folders:
            with usable(STUDY, folder):
                tables.append(read_table(folder / "predictions.parquet").filter(part=part))
        return (
            pl.concat(table.select("property", "id", "value", "prediction") for table in tables)
            .group_by("property", "id")
            .agg(pl.col("value").first(), pl.col("prediction").sort().mean())
            .sort("property", "id")
        )

    def _errors(self, part: str) -> dict[str, np.ndarray]:
        """How far off each property's rows are."""
        told = self.judged(part)
        return {
            name: told.filter(property=name)
            .select((pl.col("value") - pl.col("prediction")).abs())
            .to_series()
            .to_numpy()
            for name in PROPERTIES
        }

    def _off(self, part: str) -> list[float | None]:
        return [float(each.mean()) if len(each) else None for each in self._errors(part).values()]

    def error(self, part: str) -> float:
        """The mean over properties of the mean absolute error, in standard deviations of the labels."""
        off = [np.nan if each is None else each for each in self._off(part)]
        return float(np.nanmean(np.array(off) / self.spread()))

    @cached_property
    def halves(self) -> list[float]:
        """How far off 90 % of the validation rows of each property are at most; infinite with too few."""
        errors = self._errors("valid").values()
        return [conformal_quantile(each, LEVEL) if len(each) else float("inf") for each in errors]

    def intervals(self, mean: np.ndarray) -> list[list[tuple[float, float] | None]]:
        """The ends of 90 % intervals of M rows, for each property; None where valid says too little."""
        found = []
        for row in mean:
            ends: list[tuple[float, float] | None] = []
            for name, value, half in zip(PROPERTIES, row, self.halves, strict=True):
                low = float(possible(np.array([value - half]), name)[0])
                ends.append((low, float(value + half)) if np.isfinite(half) else None)
            found.append(ends)
        return found

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

    @cached_property
    def edge(self) -> float:
        """How far (ElMD) the nearest labelled formula is for 99 of 100 rows of valid at most."""
        rows = pl.concat([each.table.filter(part="valid") for each in self.materials])
        asked = [parse(formula) for formula in rows.unique("composition", maintain_order=True)["formula"]]
        return -edge(-self._distances(asked).min(axis=1))

    def _distances(self, compositions: list[dict[str, float]]) -> np.ndarray:
        """(M, L) ElMD of each to each labelled one."""
        asked = cumulated(amounts_rows(compositions))
        space = Space(np.concatenate([cumulated(self.amounts), asked]), "cityblock")
        rows = np.arange(len(space.points))
        return space.distances(rows[len(self.amounts) :], rows[: len(self.amounts)])

    def nearest(self, compositions: list[dict[str, float]]) -> list[dict]:
        """The labelled composition that is nearest to each, with its measured properties."""
        far = self._distances(compositions)
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
