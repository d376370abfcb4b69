"""What the proposals are worth: is one of the first k exactly a set that was reported for the target?"""

import polars as pl

from retort.runs import Run, StudyPlan
from retort.sealed import read_table
from retort.studies.precursors.data import FREE
from retort.studies.precursors.disagreement import agreement
from retort.studies.precursors.shape import shapes
from retort.studies.precursors.targets import Targets

MAXIMUM = 10
ITEM_METRICS = (1, 3, 5, 10)
JUDGED = ("valid", "test")
# How new the best known way to a target is: its set is known, a new set of known precursors, one never seen.
STRATA = ("known-set", "new-set", "unseen-precursor")
STRATA_AT = 5  # attempts
SCORES_SCHEMA = {"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String}
ITEMS_SCHEMA = {"part": pl.String, "metric": pl.String, "id": pl.String, "value": pl.Float64}
# A set of precursors as one string.
CANONICAL = pl.col("precursors").list.unique().list.sort().list.join("\n")


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Success at k: the share of a part's distinct targets for which one of the first k sets was reported there.

    Sets are compared as sets; a subset, a superset or another workable route counts as wrong. A target with fewer
    than k proposals, even none, keeps its last state.

    Returns:
        `success@1` to `success@10` (`part, metric, value, unit`), and those at 1, 3, 5 and 10 of every target
        (`part, metric, id, value`; `id` is the target's key). Both also of `success@5-<stratum>`, the targets of one
        of the `STRATA` (see `novelty`), as far as a part has any.
    """
    hits = first_hits(predictions, prepared, split)
    layers = hits.join(novelty(prepared, split), on=["part", "target_key"])
    scores = pl.concat(
        [
            hits.group_by("part").agg(
                metric=pl.lit(f"success@{k}"),
                value=_solved(k).mean(),
                unit=pl.lit("fraction"),
            )
            for k in range(1, MAXIMUM + 1)
        ]
        + [
            layers.group_by("part", "stratum")
            .agg(value=_solved(STRATA_AT).mean())
            .select(
                "part",
                metric=pl.format(f"success@{STRATA_AT}-{{}}", "stratum"),
                value="value",
                unit=pl.lit("fraction"),
            )
        ]
    )
    items = pl.concat(
        [
            hits.select(
                "part",
                metric=pl.lit(f"success@{k}"),
                id="target_key",
                value=_solved(k).cast(pl.Float64),
            )
            for k in ITEM_METRICS
        ]
        + [
            layers.select(
                "part",
                metric=pl.format(f"success@{STRATA_AT}-{{}}", "stratum"),
                id="target_key",
                value=_solved(STRATA_AT).cast(pl.Float64),
            )
        ]
    )
    return (
        scores.select(list(SCORES_SCHEMA)).sort("part", "metric"),
        items.select(list(ITEMS_SCHEMA)).sort("part", "metric", "id"),
    )


def first_hits(predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame) -> pl.DataFrame:
    """`part, target_key, rank`: every target of valid and test, and the rank of its first hit or null."""
    reported = (
        prepared.join(split, on="id")
        .filter(pl.col("part").is_in(JUDGED))
        .select("part", "target_key", precursors=CANONICAL)
        .unique()
    )
    hits = (
        predictions.with_columns(precursors=CANONICAL)
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


def novelty(prepared: pl.DataFrame, split: pl.DataFrame) -> pl.DataFrame:
    """`part, target_key, stratum`: how new the least new of the sets is that were reported for each target.

    `known-set`: training has the very set, for whatever target; `new-set`: it has all of its precursors, but not
    together; `unseen-precursor`: it lacks one, so that nothing that reuses what it knows can solve the target. Training
    is the whole of it, recipes that a split withholds included: at each share the same targets are in a stratum.
    """
    rows = prepared.join(split, on="id")
    judged = pl.col("part").is_in(JUDGED)
    training = rows.filter(~judged)
    members = training["precursors"].explode().unique()
    reported = rows.filter(judged).select(
        "part",
        "target_key",
        # Of `STRATA`, by their place: 0, 1 or 2.
        level=pl.when(CANONICAL.is_in(training.select(CANONICAL).to_series().unique().implode()))
        .then(0)
        .when(pl.col("precursors").list.eval(pl.element().is_in(members.implode())).list.all())
        .then(1)
        .otherwise(2),
    )
    return (
        reported.group_by("part", "target_key")
        .agg(pl.col("level").min())
        .with_columns(stratum=pl.lit(pl.Series(STRATA)).gather("level"))
        .select("part", "target_key", "stratum")
        .sort("part", "target_key")
    )


def _solved(k: int) -> pl.Expr:
    """Whether the first hit is among the first k."""
    return (pl.col("rank") <= k).fill_null(False)


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`, but for `shape` about the test targets of the fullest place (see `Targets`).

    Without a trained selector there are no `targets`.
    """
    targets = Targets.of(runs)
    inputs = targets.runs[0].inputs
    tables = {
        "elements": _elements(targets),
        "agreement": agreement(read_table(inputs.prepared), read_table(inputs.split)),
    }
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
    return {name: targets.placed(table) for name, table in tables.items()} | {"shape": shapes(runs, plan)}


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
