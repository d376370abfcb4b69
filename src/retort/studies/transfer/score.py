"""Scores of the study: errors, uncertainty, and how alike two models see the same materials."""

import numpy as np
import polars as pl

from retort.datasets.parts import UNLABELLED
from retort.runs import Run, StudyPlan
from retort.statistics.calibration import LEVELS, log_likelihood, observed_coverage
from retort.statistics.robust import iqr, trimean
from retort.studies.transfer.data import GAP, METAL_GAP, unit_of
from retort.studies.transfer.embeddings import taught, views
from retort.studies.transfer.similarity import knn_overlap, linear_cka
from retort.studies.transfer.tables import DETAILS

PARTS = ("valid", "test")
INTERVALS = {"coverage-68": 0.68, "coverage-95": 0.95}
DRAWN = ("crabnet", "ts-crabnet")
CALIBRATED = ("crabnet", "ts-crabnet", "roost", "ts-roost")
COMPARED = (
    ("crabnet", "teacher"),
    ("crabnet", "ts-crabnet"),
    ("teacher", "ts-crabnet"),
    ("taught-minus-untaught", "teacher-minus-untaught"),
    # How alike they are for their common subtrahend alone.
    ("permuted-minus-untaught", "teacher-minus-untaught"),
    ("another-minus-untaught", "teacher-minus-untaught"),
)
MEASURES = {"knn-overlap": knn_overlap, "cka": linear_cka}


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Metrics of valid and test as `part, metric, value, unit`, and each test record's `absolute_error`.

    `trimean` and `iqr` are those of the absolute errors. `mae-unseen` counts only records whose composition no training
    record has, labelled or not. A run of step 1 alone predicts nothing and has no scores.
    """
    known = (
        prepared.join(split.filter(pl.col("part").is_in(["train", UNLABELLED])), on="id", how="semi")
        .select("composition")
        .unique()
    )
    predicted = predictions.filter(
        pl.col("part").is_in(PARTS), pl.col("prediction").is_not_nan()
    ).with_columns(error=(pl.col("prediction") - pl.col("value")).abs())
    unseen = predicted.join(known, on="composition", how="anti")
    rows = []
    for part in PARTS:
        table = predicted.filter(part=part)
        if table.is_empty():
            continue
        unit = unit_of(table["property"][0], prepared)
        groups = {"mae": table, "mae-unseen": unseen.filter(part=part)}
        if table["property"][0] == GAP:
            groups["mae-metals"] = table.filter(pl.col("value") < METAL_GAP)
            groups["mae-nonmetals"] = table.filter(pl.col("value") >= METAL_GAP)
        rows += [(part, name, group["error"].mean(), unit) for name, group in groups.items() if len(group)]
        errors = table["error"].to_numpy()
        rows += [
            (part, "trimean", float(trimean(errors)), unit),
            (part, "iqr", float(iqr(errors)), unit),
            (part, "rmse", float(np.sqrt(np.mean(errors**2))), unit),
        ]
        if table["sigma"].null_count() == 0:
            rows += [(part, *row) for row in _uncertainty(table)]
    scores = pl.DataFrame(
        rows,
        schema={"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String},
        orient="row",
    )
    items = predicted.filter(part="test").select(
        "part", metric=pl.lit("absolute_error"), id="id", value="error"
    )
    return scores, items


def _uncertainty(table: pl.DataFrame) -> list[tuple[str, float, str]]:
    errors, sigma = table["error"].to_numpy(), table["sigma"].to_numpy()
    observed = observed_coverage(errors, sigma, LEVELS)
    return [
        *(
            (name, float(observed_coverage(errors, sigma, np.array([level]))[0]), "fraction")
            for name, level in INTERVALS.items()
        ),
        ("calibration-error", float(np.abs(observed - LEVELS).mean()), "fraction"),
        ("log-likelihood", float(log_likelihood(errors, sigma).mean()), "nats"),
    ]


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`, which need the predictions; all of test. `split` is the family of the splits.

    - `parity`: seed 0 of CrabNet, taught and untaught, where all labels are known.
    - `calibration`: every student, taught and untaught.
    - `embedding_similarity`: the pairs of `COMPARED`.
    """
    students = [run for run in runs if run.variant in CALIBRATED]
    drawn = [run for run in students if run.variant in DRAWN and run.seed == 0 and plan.place(run).share == 1]
    tables = {
        "parity": [_parity(run, plan) for run in drawn],
        "calibration": [_calibration(run, plan) for run in students],
        "embedding_similarity": [_similarity(run, runs, plan) for run in taught(runs)],
    }
    return {name: pl.concat([pl.DataFrame(schema=DETAILS[name]), *each]) for name, each in tables.items()}


def _parity(run: Run, plan: StudyPlan) -> pl.DataFrame:
    table = run.read("predictions").filter(part="test")
    return table.select(*_label(run, plan), "id", "value", "prediction", "sigma")


def _calibration(run: Run, plan: StudyPlan) -> pl.DataFrame:
    table = run.read("predictions").filter(part="test")
    errors = (table["prediction"] - table["value"]).abs().to_numpy()
    observed = observed_coverage(errors, table["sigma"].to_numpy(), LEVELS)
    seed = pl.lit(run.seed).cast(pl.Int64).alias("seed")
    return pl.DataFrame({"expected": LEVELS, "observed": observed}).select(*_label(run, plan), seed, pl.all())


def _similarity(run: Run, runs: list[Run], plan: StudyPlan) -> pl.DataFrame:
    """Of the panels around one taught student; empty where one is missing."""
    panels = views(run, runs)
    rows = [
        (
            run.dataset,
            plan.place(run).split,
            first,
            second,
            name,
            run.seed,
            measure(panels[first], panels[second]),
        )
        for first, second in COMPARED
        if first in panels
        for name, measure in MEASURES.items()
    ]
    return pl.DataFrame(rows, schema=DETAILS["embedding_similarity"], orient="row")


def _label(run: Run, plan: StudyPlan) -> list[pl.Expr]:
    place = {"dataset": run.dataset, "split": plan.place(run).split, "variant": run.variant}
    return [pl.lit(value).alias(key) for key, value in place.items()]
