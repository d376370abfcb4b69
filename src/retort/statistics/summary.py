"""From the scores of single runs to the robust summary that every table prints."""

from __future__ import annotations

import polars as pl

from retort.statistics.bootstrap import RESAMPLES, interval, interval_over_items
from retort.statistics.cells import CELL, by_cell, check_scores, item_cells
from retort.statistics.robust import checked, iqr, quartiles

KEYS = ("study", "dataset", "split", "variant", "part", "metric", "unit")
SUMMARY_SCHEMA = {
    **dict.fromkeys(KEYS, pl.String),
    "n": pl.Int64,
    **dict.fromkeys(["trimean", "q1", "q3", "iqr", "low", "high", "mean", "sd"], pl.Float64),
    "note": pl.String,
    "n_items": pl.Int64,
    "item_low": pl.Float64,
    "item_high": pl.Float64,
}


def summarize(
    scores: pl.DataFrame, items: pl.DataFrame, *, seed: int, resamples: int = RESAMPLES
) -> pl.DataFrame:
    """Summarise each (dataset, split, variant, part, metric) over its seeds.

    Takes the `scores` and `items` tables of docs/architecture.md and returns its `summary` table, sorted by
    the keys. Values stay in the metric's own unit. `sd` is the sample standard deviation (n - 1), null for
    one seed. The interval of `trimean` is over seeds; `item_*` are for the mean over test items, which only
    metrics with items have. `resamples` is for the intervals over seeds; those over items take
    RESAMPLES_OVER_ITEMS. Each cell starts from the same `seed`, so that adding a variant moves no other number.

    Raises ValueError on repeated runs and on missing or NaN values, naming the cell.
    """
    check_scores(scores)
    values_of_items = item_cells(items)
    rows = []
    for key, runs in by_cell(scores, [*CELL, "unit"], "seed"):
        values = checked(runs.values, "scores of " + " / ".join(key.values()))
        q1, _, q3 = map(float, quartiles(values))
        estimate = interval(values, seed=seed, resamples=resamples)
        row = key | {
            "n": values.size,
            "trimean": estimate.point,
            "q1": q1,
            "q3": q3,
            "iqr": float(iqr(values)),
            "low": estimate.low,
            "high": estimate.high,
            "mean": float(values.mean()),
            "sd": float(values.std(ddof=1)) if values.size > 1 else None,
            "note": estimate.note,
        }
        answers = values_of_items.get(tuple(key[name] for name in CELL))
        if answers is not None:
            over_items = interval_over_items(answers.values, seed=seed)
            row |= {"n_items": answers.values.size, "item_low": over_items.low, "item_high": over_items.high}
        rows.append(row)
    return pl.DataFrame(rows, schema=SUMMARY_SCHEMA).sort(KEYS)
