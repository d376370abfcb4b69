"""The shape of a training: where its validation loss is lowest, and what it does then (Fig. S1 of He et al.)."""

import numpy as np
import polars as pl

from retort.runs import Run, StudyPlan
from retort.statistics.components import one_way

PER = 1e6  # masked reactions that a slope is given for
FEWEST = 3  # validations after the lowest, for a slope
# Of each training: the lowest validation loss as a share of its steps and in masked reactions seen until then, the
# slopes of both losses from there to the end, and the last validation loss over the lowest, where that is above zero (a
# total with adaptive weights may not be).
QUANTITIES = ("best_share", "best_reactions", "slope_valid", "slope_train", "last_over_best")


def shapes(runs: list[Run], plan: StudyPlan) -> pl.DataFrame:
    """`QUANTITIES` of every loss term of the trained variants of each place, over replicates.

    Returns:
        `dataset, split, variant, term, quantity, n, value, low, high, se, df`; slopes are in loss per million masked
        reactions. A training that is at its lowest less than three validations before its end has no slopes; `n`
        says how many have.
    """
    tables = [
        shape(run.read("history"), run.settings["training"]["batch"]).select(
            dataset=pl.lit(run.dataset),
            split=pl.lit(plan.place(run).split),
            variant=pl.lit(run.variant),
            term="term",
            quantity="quantity",
            value="value",
        )
        for run in runs
        if run.settings["train"]
    ]
    keys = ["dataset", "split", "variant", "term", "quantity"]
    numbers = ["value", "low", "high", "se", "df"]
    types = [*[pl.String] * len(keys), pl.Int64, *[pl.Float64] * len(numbers)]
    schema = dict(zip([*keys, "n", *numbers], types, strict=True))
    rows = []
    for key, group in (pl.concat(tables) if tables else _none()).group_by(keys, maintain_order=True):
        values = group["value"].drop_nulls()
        if len(values):
            level = one_way(values.to_numpy())
            rows.append((*key, level.n, level.value, level.low, level.high, level.se, level.df))
    return pl.DataFrame(rows, schema=schema, orient="row").sort(keys)


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema=["dataset", "split", "variant", "term", "quantity", "value"])


def shape(history: pl.DataFrame, batch: int) -> pl.DataFrame:
    """`term, quantity, value` of one training; null where there is too little after the lowest loss.

    The loss before training is left out. The lowest point itself is no part of a slope, which it would tilt upwards.

    Args:
        history: `step, part, term, value`.
        batch: masked reactions of a step.
    """
    rows = []
    last = history["step"].max()
    for term in history["term"].unique(maintain_order=True):
        valid = history.filter(pl.col("step") > 0, part="valid", term=term).sort("step")
        train = history.filter(part="train", term=term).sort("step")
        best, lowest = valid.sort("value", "step").select("step", "value").row(0)
        values = (
            best / last,
            float(best * batch),
            _slope(valid.filter(pl.col("step") > best), batch),
            _slope(train.filter(pl.col("step") > best), batch),
            valid["value"][-1] / lowest if lowest > 0 else None,
        )
        rows += [(term, name, value) for name, value in zip(QUANTITIES, values, strict=True)]
    schema = {"term": pl.String, "quantity": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _slope(points: pl.DataFrame, batch: int) -> float | None:
    """Least squares, in loss per `PER` masked reactions."""
    if len(points) < FEWEST:
        return None
    seen = points["step"].to_numpy() * batch / PER
    centred = seen - seen.mean()
    return float(np.dot(centred, points["value"].to_numpy()) / np.dot(centred, centred))
