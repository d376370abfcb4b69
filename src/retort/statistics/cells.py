"""The tables of scores and items, taken apart into cells: the runs, or the answers, of one system on one metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

CELL = ("study", "dataset", "split", "variant", "part", "metric")
# What systems are compared on: the cell without its system.
QUESTION = ("study", "dataset", "split", "part", "metric")


class Cell(NamedTuple):
    """`labels`, (n,): the seeds of the runs or the ids of the items, ascending; `values`, (n,): one each."""

    labels: np.ndarray
    values: np.ndarray


def by_cell(table: pl.DataFrame, keys: Sequence[str], label: str) -> Iterator[tuple[dict, Cell]]:
    """Each cell of `table` (`keys`, `label`, `value`) with its key, in the order of the keys."""
    lists = table.sort(*keys, label).group_by(keys, maintain_order=True).agg(label, "value")
    labels, values = lists[label], lists["value"]
    for row, key in enumerate(lists.select(keys).iter_rows(named=True)):
        yield key, Cell(labels[row].to_numpy(), values[row].to_numpy())


def item_cells(items: pl.DataFrame) -> dict[tuple, Cell]:
    """The answers of each cell that has any, by the values of CELL; ValueError when one item has two answers."""
    repeated = items.filter(pl.struct(*CELL, "id").is_duplicated())
    if repeated.height:
        raise ValueError(f"items hold more than one value for an id: {repeated.row(0, named=True)}.")
    return {tuple(key.values()): cell for key, cell in by_cell(items, CELL, "id")}


def check_scores(scores: pl.DataFrame) -> None:
    """Raise ValueError on a missing column, no rows, a repeated run, a missing or NaN value, two units of a metric."""
    missing = {*CELL, "unit", "seed", "value"} - set(scores.columns)
    if missing:
        raise ValueError(f"scores lack the column(s) {sorted(missing)}; found {scores.columns}.")
    if scores.is_empty():
        raise ValueError("scores are empty: there is nothing to summarise.")
    repeated = scores.filter(pl.struct(*CELL, "seed").is_duplicated())
    if repeated.height:
        raise ValueError(f"scores hold more than one value for a run: {repeated.row(0, named=True)}.")
    bad = scores.filter(pl.col("value").is_null() | ~pl.col("value").is_finite())
    if bad.height:
        raise ValueError(
            f"scores hold {bad.height} missing or non-finite value(s), the first in {bad.row(0, named=True)}. "
            "Hint: a diverged run writes NaN; look at its history."
        )
    units = (
        scores.group_by(QUESTION).agg(pl.col("unit").unique().sort()).filter(pl.col("unit").list.len() > 1)
    )
    if units.height:
        raise ValueError(f"one metric is given in several units: {units.row(0, named=True)}.")
