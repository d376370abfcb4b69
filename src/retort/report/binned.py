"""Means over test items along some other property of them: how success depends on it."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from retort.statistics.components import over_items
from retort.statistics.robust import checked

SCHEMA = {
    **dict.fromkeys(["median", "first", "last", "mean", "low", "high"], pl.Float64),
    "n": pl.Int64,
}


def means_in_bins(position: ArrayLike, values: ArrayLike, *, bins: int) -> pl.DataFrame:
    """The mean of `values` in bins of about equal numbers of items along `position`, both of shape (items,).

    Bins end at quantiles of `position`; where many items share one, there are fewer bins. Returns a row for each, in
    order: `median`, `first` and `last` position, `mean` with its interval over items (`low`, `high`, null where
    there is none) and their number `n`. Raises ValueError for different shapes, on empty input and on NaN.
    """
    position, values = checked(position, "position"), checked(values)
    if position.shape != values.shape:
        raise ValueError(f"{position.shape=} != {values.shape=}: each item has one position and one value.")
    edges = np.unique(np.quantile(position, np.linspace(0, 1, bins + 1)[1:-1]))
    member = np.searchsorted(edges, position, side="right")
    rows = []
    for number in np.unique(member):
        here = position[member == number]
        estimate = over_items(values[member == number])
        rows.append(
            {
                "median": float(np.median(here)),
                "first": float(here.min()),
                "last": float(here.max()),
                "mean": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "n": here.size,
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA)
