"""What trained models say of asked formulas, and which training materials are like them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import torch

from retort.asking import Answer, Given, likeness, plain, usable
from retort.chemistry import magpie, overlap
from retort.chemistry.composition import FormulaError, element_order, fraction_matrix, parse
from retort.datasets.views.formulas import slots
from retort.sealed import read_tensors
from retort.studies.transfer import baselines
from retort.studies.transfer.data import Compositions, Records, possible
from retort.studies.transfer.formulas import Formulas
from retort.studies.transfer.judged import Judged
from retort.studies.transfer.strategy import Student

if TYPE_CHECKING:
    from retort.studies.transfer.trained import Trained

NEAREST = 3
AT_ONCE = 1024
COLUMNS = ("value", "unit", "low", "high", "nearest", "similarity", "nearest_value")


@dataclass(frozen=True)
class Near:
    """A training composition: how much of its atoms an asked one shares, and what was measured of it, on average."""

    formula: str
    id: str
    similarity: float
    value: float

    @property
    def shown(self) -> str:
        return likeness(self.similarity, same=self.similarity > 1 - 1e-6)


@dataclass(frozen=True, kw_only=True)
class Formula(Answer):
    """What is said of one formula, in `unit`; `low` and `high` are the ends of the 90 % interval, None without one."""

    value: float = float("nan")
    low: float | None = None
    high: float | None = None
    unit: str = ""
    near: tuple[Near, ...] = ()

    def told(self) -> dict:
        return {
            **{name: getattr(self, name) for name in ("value", "low", "high", "unit")},
            "nearest": [vars(one) for one in self.near],
        }

    def added(self) -> dict[str, str]:
        first = self.near[0]
        found = {name: getattr(self, name) for name in ("value", "low", "high")}
        numbers = {name: "" if number is None else f"{number:.4f}" for name, number in found.items()}
        near = {
            "nearest": first.formula,
            "similarity": first.shown,
            "nearest_value": f"{first.value:.4f}",
        }
        return numbers | {"unit": self.unit} | near

    def lines(self) -> Iterator[str]:
        ends = "" if self.low is None else f"  (90 %: {self.low:.3f} to {self.high:.3f})"
        yield f"{self.given.text}  {self.value:.3f} {self.unit}{ends}"
        for one in self.near:
            yield f"   near: {one.shown}  {one.formula}  {one.value:.3f} {self.unit}  {one.id}"


def answers(given: list[Given], trained: Trained) -> list[Formula]:
    """What is said of each formula; what cannot be read keeps its row, with the reason.

    Raises:
        AskError: a run lacks a file.
    """
    amounts: dict[int, dict[str, float]] = {}
    found: dict[int, Formula] = {}
    for row, one in enumerate(given, start=1):
        try:
            read = parse(plain(one.text))
        except FormulaError as error:
            found[row] = Formula(row=row, given=one, error=str(error))
            continue
        strange = ", ".join(sorted(set(read) - trained.elements))
        if strange:
            reason = f"outside what it knows: {strange} occurs in none of the materials that the model learned from"
            found[row] = Formula(row=row, given=one, error=reason)
        else:
            amounts[row] = read
    if amounts:
        found |= _answers({row: given[row - 1] for row in amounts}, list(amounts.values()), trained)
    return [found[row] for row in sorted(found)]


def _answers(
    given: dict[int, Given], amounts: list[dict[str, float]], trained: Trained
) -> dict[int, Formula]:
    judged = predicted(amounts, trained)
    low, high = trained.interval(judged)
    bounded = np.isfinite(trained.quantile)
    places, alike = overlap.order(overlap.rows(*slots(amounts)), trained.known_rows, NEAREST)
    found = {}
    for place, (row, one) in enumerate(given.items()):
        known = trained.known[places[place]].iter_rows(named=True)
        near = tuple(
            Near(told["formula"], told["id"], float(similarity), told["value"])
            for told, similarity in zip(known, alike[place], strict=True)
        )
        warnings: tuple[str, ...] = ()
        if near[0].similarity < trained.edge:
            warnings = (
                f"outside what it knows: no training material has more than {near[0].shown} of its atoms in common, "
                f"which is so for 1 in 100 of valid (edge {trained.edge:.2f})",
            )
        found[row] = Formula(
            row=row,
            given=one,
            warnings=warnings,
            value=float(judged.mean[place]),
            low=float(low[place]) if bounded else None,
            high=float(high[place]) if bounded else None,
            unit=trained.unit,
            near=near,
        )
    return found


def predicted(amounts: list[dict[str, float]], trained: Trained) -> Judged:
    """What the runs together say of compositions."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a few formulas are quicker so, and the last digits always the same
    try:
        each = [
            _grown(record, amounts, trained.taught)
            if record["settings"]["method"] == "boosting"
            else _said(folder, record, amounts)
            for folder, record in zip(trained.folders, trained.records, strict=True)
        ]
    finally:
        torch.set_num_threads(threads)
    means = [possible(mean, trained.target) for mean, _ in each]
    return Judged.pooled(np.full(len(amounts), np.nan), means, [sigma for _, sigma in each])


def _said(folder: Path, record: dict, amounts: list[dict[str, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Values and sigmas (N,) by one student."""
    with usable("transfer", folder):
        weights = read_tensors(folder / "model.safetensors")
        student = Student.restore(weights, record["settings"]).eval()
    numbers, fractions = slots(amounts)
    parts = []
    with torch.no_grad():
        for start in range(0, len(numbers), AT_ONCE):
            batch = slice(start, start + AT_ONCE)
            value, sigma, _ = student.predict(Formulas.from_arrays(numbers[batch], fractions[batch]))
            parts.append((value.double().numpy(), sigma.double().numpy()))
    values, sigmas = (np.concatenate(each) for each in zip(*parts, strict=True))
    return values, sigmas


def _grown(record: dict, amounts: list[dict[str, float]], taught: Records) -> tuple[np.ndarray, None]:
    """Values (N,) by boosted trees, which leave no model that could be kept without code: they are grown again, from
    the same rows, settings and seed, and so come out the same."""
    records = with_asked(taught, amounts)
    outcome = baselines.run("boosting", records, record["settings"], record["seed"])
    return outcome.predictions.filter(part="test")["prediction"].to_numpy(), None


def with_asked(taught: Records, amounts: list[dict[str, float]]) -> Records:
    """The records that train and choose a model, and asked compositions in the place of those of test."""
    view, (numbers, fractions) = taught.formulas, slots(amounts)
    width = max(view.numbers.shape[1], numbers.shape[1])
    elements = element_order(symbol for each in amounts for symbol in each)

    def beside(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
        return np.concatenate([np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each in (known, asked)])

    names = [f"asked {row}" for row in range(len(amounts))]
    formulas = Compositions(
        [*view.names, *names],
        beside(view.numbers, numbers),
        beside(view.fractions, fractions),
        np.concatenate([view.magpie, magpie.features(fraction_matrix(amounts, elements), elements)]),
    )
    kept = taught.of("train", "valid")
    rows = np.arange(len(view.names), len(formulas.names))
    asked = pl.DataFrame(
        {"id": names, "composition": names, "part": "test", "value": 0.0, "row": rows}, schema=kept.schema
    )
    return replace(taught, table=pl.concat([kept, asked]), formulas=formulas)
