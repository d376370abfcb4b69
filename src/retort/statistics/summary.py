"""From the scores of single runs to the level of every system that text and tables print."""

from __future__ import annotations

import polars as pl

from retort.statistics.cells import Cells, level
from retort.statistics.robust import iqr, quartiles, trimean

KEYS = ("study", "dataset", "split", "variant", "part", "metric", "unit")
SUMMARY_SCHEMA = {
    **dict.fromkeys(KEYS, pl.String),
    **dict.fromkeys(["n", "draws", "n_items"], pl.Int64),
    **dict.fromkeys(["mean", "low", "high", "se", "df", "sd", "trimean", "q1", "q3", "iqr"], pl.Float64),
    "note": pl.String,
}


def summarize(cells: Cells) -> pl.DataFrame:
    """The level of each system on each question, sorted by the keys (SUMMARY_SCHEMA).

    `mean` over `n` replicates of `draws` draws is the value, with the 95 % interval `low, high`, standard error and
    degrees of freedom of `retort.statistics.cells.level` (null where `note` says why). That of a fraction ends at 0 and
    1: what lies beyond holds no truth. `sd` (n - 1; null for one run) and the robust `trimean, q1, q3, iqr` are over
    replicates. All are in the metric's own unit.
    """
    rows = []
    for question, systems in cells.of.items():
        for variant, cell in systems.items():
            found = level(cell)
            ends = [found.low, found.high]
            if question.unit == "fraction":
                ends = [None if end is None else min(max(end, 0.0), 1.0) for end in ends]
            q1, _, q3 = map(float, quartiles(cell.values))
            rows.append(
                question._asdict()
                | {
                    "variant": variant,
                    "n": found.n,
                    "draws": len(set(cell.splits)),
                    "n_items": found.n_items,
                    "mean": found.value,
                    "low": ends[0],
                    "high": ends[1],
                    "se": found.se,
                    "df": found.df,
                    "sd": float(cell.values.std(ddof=1)) if found.n > 1 else None,
                    "trimean": float(trimean(cell.values)),
                    "q1": q1,
                    "q3": q3,
                    "iqr": float(iqr(cell.values)),
                    "note": found.note,
                }
            )
    return pl.DataFrame(rows, schema=SUMMARY_SCHEMA).sort(KEYS)
