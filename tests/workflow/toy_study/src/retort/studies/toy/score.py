"""How far the predictions are off."""

import polars as pl

from retort.chemistry.composition import parse
from retort.runs import Run, StudyPlan
from retort.sealed import read_table
from retort.statistics.robust import trimean
from retort.studies.toy.tables import DETAILS


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The mean of the absolute errors of valid and test, their trimean on test, and the error of every row by `id`."""
    items = (
        predictions.join(prepared, on="id")
        .join(split, on="id")
        .select(
            "part", "id", metric=pl.lit("absolute_error"), value=(pl.col("value") - pl.col("hardness")).abs()
        )
        .sort("part", "id")
    )
    means = items.group_by("part", maintain_order=True).agg(pl.col("value").mean())
    middle = float(trimean(items.filter(part="test")["value"].to_numpy()))
    scores = [(part, "mae", value, "GPa") for part, value in means.iter_rows()]
    return (
        pl.DataFrame(
            [*scores, ("test", "trimean", middle, "GPa")], ["part", "metric", "value", "unit"], orient="row"
        ),
        items.filter(part="test").select("part", "metric", "id", "value"),
    )


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`. Nothing depends on the plan."""
    rows = pl.concat([pl.DataFrame(schema=DETAILS["by_element"]), *map(_by_element, runs)])
    keys = ("dataset", "split", "variant", "element")
    means = rows.group_by(keys, maintain_order=True).agg(pl.col("n").sum(), pl.col("mae").mean())
    return {"by_element": means.sort(keys)}


def _by_element(run: Run) -> pl.DataFrame:
    """A row for each test row of one run and each element that it holds."""
    prepared, split = read_table(run.inputs.prepared), read_table(run.inputs.split)
    _, items = score(run.read("predictions"), prepared, split)
    elements = pl.Series([list(parse(formula)) for formula in prepared["formula"]])
    return (
        items.filter(part="test")
        .join(prepared.select("id", element=elements).explode("element"), on="id")
        .select(
            dataset=pl.lit(run.dataset),
            split=pl.lit(run.split),
            variant=pl.lit(run.variant),
            element="element",
            n=pl.lit(1, pl.Int64),
            mae="value",
        )
        .sort("element", "mae")
    )
