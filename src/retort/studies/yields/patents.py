"""Yields of patents, which no run learns from: how they are spread at gram scale and below, and what DRFP made of them.

A data set without structures lends them as a view, `quoted_yields`, where the study's YAML says so.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from retort.datasets.views.quoted_yields import TABLE
from retort.runs import Run
from retort.statistics import influence
from retort.statistics.components import Level, over_items
from retort.statistics.independent import combined
from retort.studies.yields.judged import HIGHEST, LOWEST, clipped

VIEW = "quoted_yields"
SCALES = ("gram", "sub-gram")
DIFFERENCE = "difference"  # of gram less sub-gram
MEASURED, PREDICTED, EXPLAINED = "measured", "predicted", "r2"
BIN = 2.5  # percent


def lent(runs: list[Run]) -> pl.DataFrame | None:
    """`scale, measured, predicted` of all reactions; None where the study lends no such view."""
    folders = {run.inputs.features[VIEW] for run in runs if VIEW in run.inputs.features}
    return pl.read_parquet(folders.pop() / TABLE) if folders else None


def levels(table: pl.DataFrame | None) -> Iterator[tuple]:
    """The rows of `patents`: mean yields, measured and predicted, and R2 of the latter, with intervals."""
    if table is None:
        return
    means: dict[str, Level] = {}
    for scale in SCALES:
        here = table.filter(scale=scale)
        measured, predicted = here["measured"].to_numpy(), clipped(here["predicted"].to_numpy())
        means[scale] = over_items(measured)
        yield _row(scale, MEASURED, means[scale], len(here))
        yield _row(scale, PREDICTED, over_items(predicted), len(here))
        yield _row(scale, EXPLAINED, over_items(influence.r2(predicted, measured).pseudo_values), len(here))
    both = list(means.values())
    apart = combined((1, -1), [one.value for one in both], [one.se for one in both], [one.df for one in both])
    yield _row(DIFFERENCE, MEASURED, apart, len(table))


def _row(scale: str, quantity: str, level: Level, n: int) -> tuple:
    return scale, quantity, level.value, level.low, level.high, level.se, level.df, n


def histograms(table: pl.DataFrame | None) -> Iterator[tuple]:
    """The rows of the illustration `histograms`."""
    if table is None:
        return
    edges = np.arange(LOWEST, HIGHEST + BIN, BIN)
    for scale in SCALES:
        here = table.filter(scale=scale)
        for kind in (MEASURED, PREDICTED):
            counts, _ = np.histogram(clipped(here[kind].to_numpy()), edges)
            for low, high, count in zip(edges, edges[1:], counts, strict=False):
                yield scale, kind, float(low), float(high), float(count / len(here))
