"""Do two sets of scores agree? What `make verify` asks of a recorded build and a fresh one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

KEYS = ("study", "dataset", "split", "variant", "seed", "part", "metric")
EVERY_OTHER = "default"


class Moved(NamedTuple):
    """One number that differs by more than its tolerance, in its metric's own unit; None where a side lacks it."""

    study: str
    dataset: str
    split: str
    variant: str
    seed: int
    part: str
    metric: str
    recorded: float | None
    rerun: float | None
    tolerance: float

    def __str__(self) -> str:
        where = f"{self.study}/{self.dataset}/{self.split}/{self.variant}/seed{self.seed} {self.part} {self.metric}"
        if self.rerun is None:
            return f"{where}: recorded {self.recorded:.6g}, missing in the rerun"
        if self.recorded is None:
            return f"{where}: {self.rerun:.6g} in the rerun, not in the record"
        moved = abs(self.rerun - self.recorded)
        change = f"moved {moved:.2g}, tolerance {self.tolerance:g}"
        return f"{where}: recorded {self.recorded:.6g}, now {self.rerun:.6g} ({change})"


def compare(
    record: pl.DataFrame, rerun: pl.DataFrame, tolerance: Mapping[str, float], *, complete: bool = True
) -> list[Moved]:
    """Every score of `rerun` further from `record` than its metric's tolerance, sorted by key; empty when all agree.

    Both are `scores` tables. `tolerance` maps a metric to the largest allowed absolute difference in its own
    unit; the entry `default` is for every metric not named, and without it those must agree exactly. A NaN
    agrees only with a NaN. With `complete`, a run that only one side has counts as moved; without it (a rerun
    of a few seeds) only shared runs are compared. Raises ValueError for a negative tolerance and for a
    repeated run.
    """
    negative = {metric: value for metric, value in tolerance.items() if not value >= 0}
    if negative:
        raise ValueError(f"tolerances must be >= 0, got {negative}.")
    for name, table in (("record", record), ("rerun", rerun)):
        repeated = table.filter(pl.struct(KEYS).is_duplicated())
        if repeated.height:
            raise ValueError(f"{name} holds more than one value for a run: {repeated.row(0, named=True)}.")

    named = {metric: float(value) for metric, value in tolerance.items() if metric != EVERY_OTHER}
    allowed = pl.DataFrame({"metric": list(named), "tolerance": list(named.values())}, schema=_TOLERANCE)
    difference = (pl.col("rerun") - pl.col("recorded")).abs()
    # Decimal inputs such as 0.82 and 0.81 differ by a hair more than 0.01 in floating point: not a moved
    # number.
    slack = 1e-12 * pl.max_horizontal(pl.col("recorded").abs(), pl.lit(1.0))
    agree = (difference <= pl.col("tolerance") + slack) & difference.is_not_nan()
    same = agree | (pl.col("recorded").is_nan() & pl.col("rerun").is_nan())
    moved = (
        record.select(*KEYS, pl.col("value").alias("recorded"))
        .join(
            rerun.select(*KEYS, pl.col("value").alias("rerun")),
            on=KEYS,
            how="full" if complete else "inner",
            coalesce=True,
        )
        .join(allowed, on="metric", how="left")
        .with_columns(pl.col("tolerance").fill_null(float(tolerance.get(EVERY_OTHER, 0.0))))
        .filter(~same.fill_null(False))
        .sort(KEYS)
        .select(Moved._fields)
    )
    return [Moved(*row) for row in moved.rows()]


_TOLERANCE = {"metric": pl.String, "tolerance": pl.Float64}
