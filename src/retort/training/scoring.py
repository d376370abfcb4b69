"""From the finished runs of a study to its result tables."""

import hashlib
import importlib
import json
from pathlib import Path

import polars as pl

from retort.training.run import FinishedRun, RunInputs

KEYS = ["dataset", "split", "variant", "seed"]


def finished_runs(study: str, plan: list[dict]) -> list[FinishedRun]:
    """The runs that a workflow's plan names, with the paths of DESIGN's tree."""
    return [
        FinishedRun(
            folder=Path(
                "data/runs", study, run["dataset"], run["split"], run["variant"], f"seed{run['seed']}"
            ),
            dataset=run["dataset"],
            split=run["split"],
            variant=run["variant"],
            seed=run["seed"],
            inputs=RunInputs(
                prepared=Path(f"data/prepared/{run['dataset']}.parquet"),
                split=Path(f"data/splits/{run['dataset']}/{run['split']}.parquet"),
                features={view: Path(folder) for view, folder in run["features"].items()},
                uses={role: [Path(folder) for folder in folders] for role, folders in run["uses"].items()},
            ),
            settings=run["settings"],
            paired=run["paired"],
        )
        for run in plan
    ]


def _labelled(table: pl.DataFrame, run: FinishedRun) -> pl.DataFrame:
    labels = [pl.lit(getattr(run, key)).alias(key) for key in KEYS]
    return table.select(*labels, *table.columns).with_columns(pl.col("seed").cast(pl.Int64))


def score_study(
    study: str, runs: list[FinishedRun], headline: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Score every run.

    Returns:
        `scores` and `items` as docs/architecture.md defines them, sorted; items of the `headline` metrics only, each
        averaged over those seeds of its variant that the whole grid has, so that differences are paired.
    """
    module = importlib.import_module(f"retort.studies.{study}.score")
    scores, items = [], []
    for run in runs:
        prepared, parts = pl.read_parquet(run.inputs.prepared), pl.read_parquet(run.inputs.split)
        run_scores, run_items = module.score(run.read("predictions"), prepared, parts)
        scores.append(_labelled(run_scores, run))
        if run.paired:
            items.append(_labelled(run_items.filter(pl.col("metric").is_in(headline)), run))
    first = pl.lit(study).alias("study")
    keys = ["dataset", "split", "variant", "part", "metric"]
    all_scores = pl.concat(scores).select(first, *KEYS, "part", "metric", "value", "unit")
    all_items = (
        pl.concat(items)
        .sort(*keys, "id", "seed")
        .group_by(*keys, "id", maintain_order=True)
        .agg(pl.col("value").cast(pl.Float64).mean(), pl.len().cast(pl.Int64).alias("n_seeds"))
    )
    return (
        all_scores.sort(*KEYS, "part", "metric"),
        all_items.select(first, *keys, "id", "value", "n_seeds").sort(*keys, "id"),
    )


def histories(study: str, runs: list[FinishedRun]) -> pl.DataFrame:
    """The loss histories of all runs in one table."""
    tables = [_labelled(run.read("history"), run) for run in runs]
    return pl.concat(tables).select(pl.lit(study).alias("study"), pl.all())


def datasets(runs: list[FinishedRun]) -> pl.DataFrame:
    """What the study was made from: `dataset, split, part, rows, rejects` and each manifest's other counts as JSON."""
    rows = []
    for dataset, split in sorted({(run.dataset, run.split) for run in runs}):
        manifest = json.loads(Path(f"data/splits/{dataset}/{split}.manifest.json").read_text())
        rejects = (
            pl.scan_parquet(f"data/prepared/{dataset}.rejects.parquet").select(pl.len()).collect().item()
        )
        rows += [
            {
                "dataset": dataset,
                "split": split,
                "part": part,
                "rows": count,
                "rejects": rejects,
                "manifest": json.dumps(manifest, sort_keys=True),
            }
            for part, count in manifest["rows"].items()
        ]
    return pl.DataFrame(rows)


def origin(runs: list[FinishedRun], lock: str) -> dict:
    """What `make verify` must know: machine, lock and the hashes of data, splits, code and settings of every run."""
    records = {str(run.folder): json.loads((run.folder / "run.json").read_text()) for run in runs}
    one = next(iter(records.values()))
    return {
        "commit": one["commit"],
        "device": sorted({record["device"] for record in records.values()}),
        "machine": sorted({record["machine"] for record in records.values()}),
        "versions": one["versions"],
        "lock": lock,
        # Settings as their hash: those of hundreds of runs would be megabytes.
        "runs": {
            folder: record["hashes"] | {"settings": _digest(record["settings"])}
            for folder, record in records.items()
        },
    }


def _digest(settings: dict) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def costs(study: str, runs: list[FinishedRun]) -> pl.DataFrame:
    """What every run took, from Snakemake's `benchmark:` files, and the device from run.json.

    Columns: study, dataset, split, variant, seed, wall_seconds, cpu_seconds, peak_memory_mib, parameters, device.
    """
    rows = []
    for run in runs:
        place = f"{study}/{run.dataset}/{run.split}/{run.variant}/seed{run.seed}"
        measured = pl.read_csv(
            f"data/benchmarks/{place}.tsv", separator="\t", null_values=["NA", "-"], infer_schema_length=None
        ).row(0, named=True)
        record = json.loads((run.folder / "run.json").read_text())
        rows.append(
            {
                "study": study,
                **{key: getattr(run, key) for key in KEYS},
                # A resumed job's benchmark knows its last part only; the training carries its time along.
                "wall_seconds": max(float(measured["s"]), record["facts"].get("training_seconds", 0.0)),
                "cpu_seconds": float(measured.get("cpu_time") or 0.0),
                # psutil samples every few seconds; a short job may end before the first sample.
                "peak_memory_mib": float(measured["max_rss"] or record["peak_memory_mib"]),
                "parameters": int(record["facts"].get("parameters", 0)),
                "device": record["device"],
            }
        )
    return pl.DataFrame(rows)
