"""Scores of the study: errors, uncertainty, and how alike two models see the same materials."""

from pathlib import Path

import numpy as np
import polars as pl
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from retort.datasets.splits import UNLABELLED
from retort.runs import Run
from retort.statistics.calibration import LEVELS, log_likelihood, observed_coverage
from retort.studies.transfer.data import GAP, METAL_GAP, UNITS
from retort.studies.transfer.similarity import knn_overlap, linear_cka

PARTS = ("valid", "test")
INTERVALS = {"coverage-68": 0.68, "coverage-95": 0.95}
DRAWN = ("crabnet", "ts-crabnet")
CALIBRATED = ("crabnet", "ts-crabnet", "roost", "ts-roost")
# The three models whose embeddings are compared, and the differences that the paper draws beside them.
PANELS = {
    "crabnet": ("crabnet", None),
    "teacher": ("teacher", None),
    "ts-crabnet": ("ts-crabnet", None),
    "taught-minus-untaught": ("ts-crabnet", "crabnet"),
    "teacher-minus-untaught": ("teacher", "crabnet"),
}
COMPARED = (
    ("crabnet", "teacher"),
    ("crabnet", "ts-crabnet"),
    ("teacher", "ts-crabnet"),
    ("taught-minus-untaught", "teacher-minus-untaught"),
)
MEASURES = {"knn-overlap": knn_overlap, "cka": linear_cka}
PLACE_SCHEMA = {"dataset": pl.String, "split": pl.String}
SIMILARITY_SCHEMA = PLACE_SCHEMA | {
    "first": pl.String,
    "second": pl.String,
    "measure": pl.String,
    "seed": pl.Int64,
    "value": pl.Float64,
}
MAP_SCHEMA = PLACE_SCHEMA | {
    "panel": pl.String,
    "id": pl.String,
    "x": pl.Float64,
    "y": pl.Float64,
    "value": pl.Float64,
}
PERPLEXITY = 30


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Metrics of valid and test as `part, metric, value, unit`, and each record's absolute error.

    `mae-unseen` counts only records whose composition no training record has, labelled or not. A run of step 1 alone
    predicts nothing and has no scores.
    """
    known = (
        prepared.join(split.filter(pl.col("part").is_in(["train", UNLABELLED])), on="id", how="semi")
        .select("composition")
        .unique()
    )
    told = predictions.filter(pl.col("part").is_in(PARTS), pl.col("prediction").is_not_nan()).with_columns(
        error=(pl.col("prediction") - pl.col("value")).abs()
    )
    unseen = told.join(known, on="composition", how="anti")
    rows = []
    for part in PARTS:
        table = told.filter(part=part)
        if table.is_empty():
            continue
        unit = UNITS[table["property"][0]]
        groups = {"mae": table, "mae-unseen": unseen.filter(part=part)}
        if table["property"][0] == GAP:
            groups["mae-metals"] = table.filter(pl.col("value") < METAL_GAP)
            groups["mae-nonmetals"] = table.filter(pl.col("value") >= METAL_GAP)
        rows += [(part, name, group["error"].mean(), unit) for name, group in groups.items() if len(group)]
        rows.append((part, "rmse", float((table["error"] ** 2).mean() ** 0.5), unit))
        if table["sigma"].null_count() == 0:
            rows += [(part, *row) for row in _uncertainty(table)]
    scores = pl.DataFrame(
        rows,
        schema={"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String},
        orient="row",
    )
    items = told.filter(part="test").select("part", metric=pl.lit("mae"), id="id", value="error")
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


def details(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """Small tables for the figures.

    - `parity`: dataset, split, variant, id, value, prediction, sigma; seed 0 of CrabNet, taught and untaught.
    - `calibration`: dataset, split, variant, seed, expected, observed; of every student, taught and untaught.
    - `embedding_similarity`: dataset, split, first, second, measure, seed, value; on the test records.
    - `embedding_map`: dataset, split, panel, id, x, y, value; t-SNE of seed 0 at the first place that has all panels.
    """
    students = [run for run in runs if run.variant in CALIBRATED and run.paired]
    taught = [run for run in students if run.variant == "ts-crabnet"]
    parity = [
        run.read("predictions").filter(part="test").select(*_label(run), "id", "value", "prediction", "sigma")
        for run in students
        if run.variant in DRAWN and run.seed == 0
    ]
    similarity, maps = [pl.DataFrame(schema=SIMILARITY_SCHEMA)], [pl.DataFrame(schema=MAP_SCHEMA)]
    for run in taught:
        views = _panels(_embeddings(run, runs))
        if not views:
            continue
        similarity += [
            pl.DataFrame({"first": [first], "second": [second], "measure": [name]}).select(
                *_label(run)[:2],
                pl.all(),
                pl.lit(run.seed).cast(pl.Int64).alias("seed"),
                pl.lit(measure(views[first], views[second])).alias("value"),
            )
            for first, second in COMPARED
            for name, measure in MEASURES.items()
        ]
        if run.seed == 0 and len(maps) == 1:
            table = run.read("predictions").filter(part="test")
            maps += [
                _map(table, view).select(*_label(run)[:2], pl.lit(name).alias("panel"), pl.all())
                for name, view in views.items()
            ]
    return {
        "parity": pl.concat(parity),
        "calibration": pl.concat([_calibration(run) for run in students]),
        "embedding_similarity": pl.concat(similarity),
        "embedding_map": pl.concat(maps),
    }


def _calibration(run: Run) -> pl.DataFrame:
    table = run.read("predictions").filter(part="test")
    errors = (table["prediction"] - table["value"]).abs().to_numpy()
    observed = observed_coverage(errors, table["sigma"].to_numpy(), LEVELS)
    seed = pl.lit(run.seed).cast(pl.Int64).alias("seed")
    return pl.DataFrame({"expected": LEVELS, "observed": observed}).select(*_label(run), seed, pl.all())


def _label(run: Run) -> list[pl.Expr]:
    return [pl.lit(getattr(run, key)).alias(key) for key in ("dataset", "split", "variant")]


def _embeddings(run: Run, runs: list[Run]) -> dict[str, np.ndarray]:
    """Embeddings (N, W) of the test records by the taught student, its teacher and the untaught one of the same seed.

    Fewer where the teacher knows no structures of these records.
    """
    folders = {"ts-crabnet": run.folder, "teacher": run.inputs.uses["teacher"][0]}
    place = (run.dataset, run.split, run.seed)
    for other in runs:
        if other.variant == "crabnet" and (other.dataset, other.split, other.seed) == place:
            folders["crabnet"] = other.folder
    wanted = run.read("predictions").filter(part="test").select("id")
    found = {}
    for name, folder in folders.items():
        table = pl.read_parquet(Path(folder) / "predictions.parquet", columns=["id", "embedding"])
        vectors = wanted.join(table, on="id", how="left", maintain_order="left")["embedding"]
        if vectors.null_count() == 0:
            found[name] = np.stack(vectors.to_numpy())
    return found


def _panels(embeddings: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What each panel shows (N, W): an embedding in standard units, or a difference of two; empty if one is missing.

    A difference of two models' embeddings means something only on one scale.
    """
    if len(embeddings) < len({name for name, _ in PANELS.values()}):
        return {}
    scaled = {name: _standard(vectors) for name, vectors in embeddings.items()}
    if len({vectors.shape for vectors in scaled.values()}) > 1:
        return {}  # a student of another width than its teacher has no difference to it
    return {
        panel: scaled[name] if minus is None else scaled[name] - scaled[minus]
        for panel, (name, minus) in PANELS.items()
    }


def _map(table: pl.DataFrame, vectors: np.ndarray) -> pl.DataFrame:
    shrunk = TSNE(perplexity=min(PERPLEXITY, len(vectors) // 4), init="pca", random_state=0, n_jobs=1)
    with threadpool_limits(1):
        places = shrunk.fit_transform(vectors)
    return table.select(
        "id",
        x=pl.Series(places[:, 0], dtype=pl.Float64).round(3),
        y=pl.Series(places[:, 1], dtype=pl.Float64).round(3),
        value="value",
    )


def _standard(vectors: np.ndarray) -> np.ndarray:
    spread = vectors.std(axis=0)
    return (vectors - vectors.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)
