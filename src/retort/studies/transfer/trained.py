"""Which trained models answer a question about formulas, how far they were off, and what they learned from."""

from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from retort.asking import (
    Answering,
    AskError,
    Found,
    Given,
    of_dataset,
    read_run,
    runs,
    usable,
)
from retort.chemistry import overlap
from retort.sealed import read_table
from retort.statistics.asked import edge
from retort.statistics.conformal import conformal_quantile
from retort.studies.transfer.ask import Formula, answers
from retort.studies.transfer.data import Records, possible, read, unit_of
from retort.studies.transfer.judged import Judged

STUDY = "transfer"
LEVEL = 0.9
LOOKED_AT = 500  # validation compositions whose nearest training ones say how near is usual


def able(record: dict) -> bool:
    """Whether a run predicts from formulas alone: a student that has seen labels, or trees, which are grown anew."""
    settings = record["settings"]
    student = settings.get("method") == "student" and settings.get("step") != "align"
    return (student and "elements" in record.get("facts", {})) or settings.get("method") == "boosting"


class Trained(Answering[Formula]):
    """Models that predict a property of materials from formulas."""

    STUDY = STUDY

    @classmethod
    def best_of(cls, variants: dict[str, list[Found]]) -> Self:
        """All seeds of the variant of one place that did best on valid, whatever its kind."""
        candidates = [cls(found) for found in variants.values()]
        return min(candidates, key=lambda one: (one.off("valid"), one.records[0]["variant"]))

    @classmethod
    def of(cls, folder: Path, dataset: str | None = None) -> Self:
        """The run that the user named.

        Raises:
            AskError: it is none that answers from formulas, or of another data set than that which is asked for.
        """
        record = read_run(STUDY, folder)
        of_dataset(folder, record, dataset)
        if not able(record):
            raise AskError(
                f"--run {folder}: it is no trained student of this study, and no boosting. "
                f"Hint: a folder like {runs(STUDY)}/mp20/formation/crabnet/seed0"
            )
        found: Found = folder, record
        return cls([found])

    def answer(self, given: list[Given]) -> list[Formula]:
        return answers(given, self)

    @property
    def target(self) -> str:
        return self.records[0]["settings"]["target"]

    @cached_property
    def unit(self) -> str:
        return unit_of(self.target, read_table(self.tables[0]))

    @cached_property
    def taught(self) -> Records:
        """What these runs learned from."""
        with usable(STUDY, self.folders[0]):
            view = self.roots[0] / self.records[0]["inputs"]["features"]["formulas"]
            return read(*self.tables, view, self.target)

    @cached_property
    def elements(self) -> frozenset[str]:
        """Of other elements they know nothing."""
        facts = self.records[0]["facts"]
        if "elements" in facts:
            return frozenset(facts["elements"])
        names = self.taught.of("train")["composition"]
        return frozenset(names.str.extract_all("[A-Z][a-z]?").explode().unique().to_list())

    @cached_property
    def known(self) -> pl.DataFrame:
        """The training materials, one row a composition: `row, value` (the mean) and `formula, id` of the first."""
        formulas = read_table(self.tables[0], columns=["id", "formula"])
        return (
            self.taught.of("train")
            .join(formulas, on="id", how="left", maintain_order="left")
            .group_by("row", maintain_order=True)
            .agg(pl.col("value").mean(), pl.col("formula", "id").first(), count=pl.len())
            .sort("row")
        )

    @cached_property
    def known_rows(self) -> np.ndarray:
        """(K, 119) atomic fractions of `known`."""
        view, rows = self.taught.formulas, self.known["row"].to_numpy()
        return overlap.rows(view.numbers[rows], view.fractions[rows])

    @cached_property
    def edge(self) -> float:
        """The similarity with the nearest known material below which a formula is outside what is known."""
        view = self.taught.formulas
        rows = np.unique(self.taught.of("valid")["row"].to_numpy())
        rows = rows[:: max(1, len(rows) // LOOKED_AT)]
        asked = overlap.rows(view.numbers[rows], view.fractions[rows])
        return edge(overlap.overlap(asked, self.known_rows).max(axis=1))

    def judged(self, part: str) -> Judged:
        """What these runs together said of a part."""
        tables = []
        for folder in self.folders:
            with usable(STUDY, folder):
                columns = ["id", "part", "value", "prediction", "sigma"]
                tables.append(
                    read_table(folder / "predictions.parquet", columns).filter(part=part).sort("id")
                )
        sigmas = [None if each["sigma"].null_count() else each["sigma"].to_numpy() for each in tables]
        return Judged.pooled(
            tables[0]["value"].to_numpy(), [each["prediction"].to_numpy() for each in tables], sigmas
        )

    def off(self, part: str) -> float:
        """Mean absolute error on a part."""
        judged = self.judged(part)
        return float(np.abs(judged.truth - judged.mean).mean())

    @cached_property
    def quantile(self) -> float:
        """How many sigmas, or units where there are none, 90 % of the validation records are off at most."""
        valid = self.judged("valid")
        return conformal_quantile(np.abs(valid.truth - valid.mean) / valid.unit_sigma, LEVEL)

    def interval(self, asked: Judged) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends (M,) of 90 % intervals; infinite where valid has too few rows."""
        half = self.quantile * asked.unit_sigma
        return possible(asked.mean - half, self.target), asked.mean + half

    @cached_property
    def description(self) -> dict[str, Any]:
        """What answers, what it was trained on, and how good it was, for programs."""
        valid, test = self.judged("valid"), self.judged("test")
        low, high = self.interval(test)
        return self.origin() | {
            "property": self.target,
            "unit": self.unit,
            "training_materials": len(self.known),
            "interval": {"level": LEVEL, "kind": "conformal", "calibration_rows": len(valid.truth)},
            "outside_below": self.edge,
            "valid": {"mae": self.off("valid"), "n": len(valid.truth)},
            "test": {
                "mae": self.off("test"),
                "n": len(test.truth),
                "coverage": float(((low <= test.truth) & (test.truth <= high)).mean())
                if np.isfinite(self.quantile)
                else None,
            },
        }

    def notes(self) -> list[str]:
        """The same for people."""
        told = self.description
        valid, test = told["valid"], told["test"]
        notes = [
            f"{self.origin_in_words()}, {told['training_materials']} compositions; mean absolute error "
            f"{valid['mae']:.3f} {self.unit} on {valid['n']} of valid, {test['mae']:.3f} on {test['n']} of test",
            f"90 % intervals are conformal, by the rows of valid that also chose the model; of test they hold "
            f"{test['coverage']:.0%}"
            if np.isfinite(self.quantile)
            else f"there are no 90 % intervals: {valid['n']} rows of valid are too few",
        ]
        if told["generated"]:
            target = self.target.replace("_", " ")
            notes.append(
                f"this model was trained on generated crystals; what it predicts is their {target}, not chemistry"
            )
        return notes
