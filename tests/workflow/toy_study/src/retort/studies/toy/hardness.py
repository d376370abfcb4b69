"""The class that answers: all seeds of the variant that did best on validation, whatever its kind."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from retort.asking import Answer, Answering, Given, Rivals, plain, read_run, usable
from retort.chemistry.composition import FormulaError, fraction_matrix, parse
from retort.datasets.views.toy_fractions import ELEMENTS
from retort.sealed import read_table, read_tensors

UNIT = "GPa"
COLUMNS = ("hardness", "unit")


@dataclass(frozen=True, kw_only=True)
class Alloy(Answer):
    """The hardness of one alloy, in GPa."""

    hardness: float = math.nan

    def told(self) -> dict:
        return {"hardness": self.hardness, "unit": UNIT}

    def added(self) -> dict[str, str]:
        return {"hardness": f"{self.hardness:.2f}", "unit": UNIT}

    def lines(self) -> Iterator[str]:
        yield f"{self.given.text}: {self.hardness:.2f} {UNIT}"


class Hardness(Answering[Alloy]):
    """Linear models of the hardness of alloys."""

    STUDY = "toy"

    @classmethod
    def best(cls) -> Self:
        """The variant that did best on valid, of all but the lender, which knows another hardness.

        Raises:
            AskError: none has been trained.
        """
        rivals = Rivals.of(cls.STUDY, "toy", lambda _, record: record["variant"] != "lender")
        return min(map(cls, rivals.largest().values()), key=lambda model: model.off("valid"))

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The run that the user named.

        Raises:
            AskError: it is no run of this study.
        """
        return cls([(folder, read_run(cls.STUDY, folder))])

    def answer(self, given: list[Given]) -> list[Alloy]:
        return [self._alloy(row, one) for row, one in enumerate(given, start=1)]

    def _alloy(self, row: int, given: Given) -> Alloy:
        try:
            fractions = fraction_matrix([parse(plain(given.text))], ELEMENTS)
        except (FormulaError, ValueError) as error:
            return Alloy(row=row, given=given, error=str(error))
        return Alloy(row=row, given=given, hardness=float((fractions @ self.coefficients)[0]))

    @cached_property
    def coefficients(self) -> np.ndarray:
        """(103,) on average over the seeds, which gives the average of their answers."""
        each = []
        for folder in self.folders:
            with usable(self.STUDY, folder):
                each.append(read_tensors(folder / "model.safetensors")["coefficients"].numpy())
        return np.mean(each, axis=0)

    def off(self, part: str) -> float:
        """Mean absolute error of the seeds' average on a part, in GPa."""
        prepared, split = map(read_table, self.tables)
        each = []
        for folder in self.folders:
            with usable(self.STUDY, folder):
                each.append(read_table(folder / "predictions.parquet"))
        rows = pl.concat(each).group_by("id").agg(pl.col("value").mean())
        rows = rows.join(prepared, on="id").join(split.filter(part=part), on="id").sort("id")
        return float(np.abs((rows["value"] - rows["hardness"]).to_numpy()).mean())

    @cached_property
    def description(self) -> dict[str, Any]:
        """What answers, and how good it was, for programs."""
        return self.origin() | {"unit": UNIT, "valid": self.off("valid"), "test": self.off("test")}

    def notes(self) -> list[str]:
        """The same for people."""
        told = self.description
        return [
            f"{self.origin_in_words()}; mean absolute error {told['valid']:.3f} {UNIT} on valid, "
            f"{told['test']:.3f} on test"
        ]
