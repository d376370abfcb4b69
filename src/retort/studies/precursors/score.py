"""What the proposals are worth: is one of the first k exactly a set that was reported for the target?"""

import polars as pl

from retort.runs import Run, StudyPlan
from retort.sealed import read_table
from retort.studies.precursors.data import FREE
from retort.studies.precursors.targets import Targets

MAXIMUM = 10
ITEM_METRICS = (1, 5)
SCORES_SCHEMA = {"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String}
ITEMS_SCHEMA = {"part": pl.String, "metric": pl.String, "id": pl.String, "value": pl.Float64}


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Success at k: the share of a part's distinct targets for which one of the first k sets was reported there.

    Sets are compared as sets; a subset, a superset or another workable route counts as wrong. A target with fewer
    than k proposals, even none, keeps its last state.

    Returns:
        `success@1` to `success@10` (`part, metric, value, unit`), and `success@1` and `success@5` of every target
        (`part, metric, id, value`; `id` is the target's key).
    """
    hits = first_hits(predictions, prepared, split)
    scores = pl.concat(
        [
            hits.group_by("part").agg(
                metric=pl.lit(f"success@{k}"),
                value=(pl.col("rank") <= k).fill_null(False).mean(),
                unit=pl.lit("fraction"),
            )
            for k in range(1, MAXIMUM + 1)
        ]
    )
    items = pl.concat(
        [
            hits.select(
                "part",
                metric=pl.lit(f"success@{k}"),
                id="target_key",
                value=(pl.col("rank") <= k).fill_null(False).cast(pl.Float64),
            )
            for k in ITEM_METRICS
        ]
    )
    return (
        scores.select(list(SCORES_SCHEMA)).sort("part", "metric"),
        items.select(list(ITEMS_SCHEMA)).sort("part", "metric", "id"),
    )


def first_hits(predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame) -> pl.DataFrame:
    """`part, target_key, rank`: every target of valid and test, and the rank of its first hit or null."""
    canonical = pl.col("precursors").list.unique().list.sort().list.join("\n")
    reported = (
        prepared.join(split, on="id")
        .filter(pl.col("part") != "train")
        .select("part", "target_key", precursors=canonical)
        .unique()
    )
    hits = (
        predictions.with_columns(precursors=canonical)
        .join(reported, on=["part", "target_key", "precursors"], how="semi")
        .group_by("part", "target_key")
        .agg(pl.col("rank").min())
    )
    return (
        reported.select("part", "target_key")
        .unique()
        .join(hits, on=["part", "target_key"], how="left")
        .sort("part", "target_key")
    )


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`, about the test targets of the data set with the most reactions.

    Nothing depends on the plan. Without a trained selector only `elements` is made.
    """
    targets = Targets.of(runs)
    tables = {"elements": _elements(targets)}
    spaces = targets.spaces()
    if spaces:
        known = targets.archive.known.targets
        nearest = {
            f"similarity_{name}": pl.Series(
                (vectors[targets.rows] @ vectors[known].T).max(axis=1).astype(float)
            )
            for name, vectors in spaces.items()
        }
        tables["targets"] = pl.DataFrame({"target_key": targets.keys, "family": targets.family}).select(
            "target_key",
            elements=pl.Series(targets.elements),
            part=pl.lit("test"),
            **nearest,
            family="family",
        )
    return {name: targets.placed(table) for name, table in tables.items()}


def _elements(targets: Targets) -> pl.DataFrame:
    runs = targets.runs
    membership = pl.DataFrame({"target_key": targets.keys, "element": targets.elements}).explode("element")
    prepared, split = read_table(runs[0].inputs.prepared), read_table(runs[0].inputs.split)
    solved = pl.concat(
        score(run.read("predictions"), prepared, split)[1].select(
            "part",
            "metric",
            target_key="id",
            variant=pl.lit(run.variant),
            seed=pl.lit(run.seed),
            value="value",
        )
        for run in runs
    )
    return (
        solved.filter(part="test", metric="success@5")
        .join(membership.filter(~pl.col("element").is_in(FREE)), on="target_key")
        .group_by("element", "variant")
        # Whole successes are summed, and divided once: a sum of thirds would depend on the order of threads.
        .agg(
            n=pl.col("target_key").n_unique().cast(pl.Int64),
            hits=pl.col("value").sum() / pl.col("seed").n_unique(),
        )
        .sort("element", "variant")
    )
