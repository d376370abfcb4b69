"""How far the predictions are off."""

import polars as pl

from retort.chemistry.composition import parse
from retort.runs import Run, StudyPlan
from retort.studies.toy.tables import DETAILS


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The mean absolute error of valid and test (`part, metric, value, unit`), and that of every row by `id`."""
    items = (
        predictions.join(prepared, on="id")
        .join(split, on="id")
        .select("part", "id", metric=pl.lit("mae"), value=(pl.col("value") - pl.col("hardness")).abs())
        .sort("part", "id")
    )
    scores = items.group_by("part", "metric", maintain_order=True).agg(
        pl.col("value").mean(), unit=pl.lit("GPa")
    )
    return scores, items.select("part", "metric", "id", "value")


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The error on those test rows that hold an element, averaged over seeds. Nothing depends on the plan."""
    tables = [pl.DataFrame(schema=DETAILS["by_element"])]
    for run in runs:
        prepared = pl.read_parquet(run.inputs.prepared)
        _, items = score(run.read("predictions"), prepared, pl.read_parquet(run.inputs.split))
        held = prepared.select(
            "id", element=pl.Series([list(parse(each)) for each in prepared["formula"]])
        ).explode("element")
        place = {key: pl.lit(getattr(run, key)) for key in ("dataset", "split", "variant")}
        tables.append(
            items.filter(part="test")
            .join(held, on="id")
            .select(**place, element="element", n=pl.lit(1, pl.Int64), mae="value")
        )
    keys = ("dataset", "split", "variant", "element")
    return {
        "by_element": pl.concat(tables).group_by(keys).agg(pl.col("n").sum(), pl.col("mae").mean()).sort(keys)
    }
