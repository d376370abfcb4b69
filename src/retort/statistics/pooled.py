"""Scores of one protocol in one row: runs of all seeds and of all draws of a split, pooled."""

from __future__ import annotations

import polars as pl

from retort.statistics.bootstrap import RESAMPLES, interval
from retort.statistics.robust import quartiles

PLACE = ("dataset", "split")
PROTOCOL = ("target", "protocol", "share")
KEYS = ("study", "dataset", *PROTOCOL, "variant", "part", "metric", "unit")
POOLED_SCHEMA = {
    **dict.fromkeys(KEYS, pl.String),
    "share": pl.Float64,
    "draws": pl.Int64,
    "n": pl.Int64,
    **dict.fromkeys(["trimean", "q1", "q3", "low", "high"], pl.Float64),
    "note": pl.String,
}


def pool(
    scores: pl.DataFrame, places: pl.DataFrame, *, seed: int, resamples: int = RESAMPLES
) -> pl.DataFrame:
    """Summarise each variant under each protocol, with each share of the labels, over seeds and draws.

    Args:
        scores: the `scores` table of docs/architecture.md.
        places: `dataset, split, target, protocol, share` of each data set and split that has scores.
        seed: where each cell's bootstrap starts: a cell that is one split has the interval that `summary` has.
        resamples: of the interval over runs.

    Returns:
        `POOLED_SCHEMA`, sorted by its keys: `draws` counts the splits and `n` the runs of all of them; values are in
        the metric's own unit, `low, high` the interval of the trimean, null (with the reason as `note`) where there
        are fewer than three runs.

    Raises:
        ValueError: scores of a data set and split that `places` lacks, or a missing or NaN value.
    """
    protocols = places.select(*PLACE, *PROTOCOL)
    lost = scores.join(protocols, on=PLACE, how="anti")
    if lost.height:
        raise ValueError(
            f"places lack {' / '.join(lost.select(PLACE).row(0))}, which has scores. "
            "Hint: both tables must come from one plan: lay it out and score again."
        )
    runs = scores.join(protocols, on=PLACE, how="left", validate="m:1").sort(*KEYS, "split", "seed")
    rows = []
    for key, cell in runs.group_by(KEYS, maintain_order=True):
        values = cell["value"].to_numpy()
        found = interval(values, seed=seed, resamples=resamples)
        q1, _, q3 = map(float, quartiles(values))
        shape = (cell["split"].n_unique(), values.size, found.point, q1, q3)
        rows.append((*key, *shape, found.low, found.high, found.note))
    return pl.DataFrame(rows, schema=POOLED_SCHEMA, orient="row")
