"""From the finished runs of a study to its result tables."""

import hashlib
import importlib
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import polars as pl

from retort.files import whole_folder
from retort.runs import Run, StudyPlan
from retort.sealed import read_json, read_table, write_table

KEYS = ["dataset", "split", "variant", "seed"]
# So many values of items that all differ take 0.8 MB in single precision; a record's files have 1 MB at most.
DISTINCT_A_FILE = 200_000


def _labelled(table: pl.DataFrame, run: Run) -> pl.DataFrame:
    labels = [pl.lit(getattr(run, key)).alias(key) for key in KEYS]
    return table.select(*labels, *table.columns).with_columns(pl.col("seed").cast(pl.Int64))


def score_study(
    study: str, runs: list[Run], plan: StudyPlan, *, metrics: list[str], quantities: list[str]
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Score every run.

    Args:
        metrics: all that the study's YAML describes.
        quantities: those of test items that its metrics are computed from.

    Returns:
        `scores` as docs/architecture.md defines them, sorted, and `items` of each place, by the name of their file:
        every replicate by itself, so that replicates and items can be taken together.
    """
    module = _module(study, "score")
    scores: list[pl.DataFrame] = []
    items: dict[str, list[pl.DataFrame]] = {}
    for run in runs:
        prepared, parts = read_table(run.inputs.prepared), read_table(run.inputs.split)
        run_scores, run_items = module.score(run.read("predictions"), prepared, parts)
        scores.append(_labelled(run_scores, run))
        family = plan.place(run).split
        kept = run_items.filter(pl.col("metric").is_in(quantities))
        items.setdefault(f"{run.dataset}-{family}", []).append(_labelled(kept, run))
    if unknown := sorted(set().union(*(table["metric"] for table in scores)) - set(metrics)):
        raise ValueError(
            f"study {study}: score.py gives the metric(s) {', '.join(unknown)}, which its YAML does not describe. "
            f"Hint: `metrics:` has {', '.join(metrics)}."
        )
    first = pl.lit(study).alias("study")
    all_scores = pl.concat(scores).select(first, *KEYS, "part", "metric", "value", "unit")
    return (
        all_scores.sort(*KEYS, "part", "metric"),
        # A record of hundreds of runs is kept in git: single precision, and what all runs gave for one item side by
        # side, which makes a file a fifth as large.
        {
            file: table
            for name, tables in items.items()
            if sum(map(len, tables))
            for file, table in _in_files(
                name,
                pl.concat(tables)
                .select(first, *KEYS, "part", "metric", "id", pl.col("value").cast(pl.Float32))
                .sort("part", "metric", "id", *KEYS),
            )
        },
    )


def _in_files(name: str, items: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """The items of a place by the name of their file: one, or one for each quantity where they would be too large.

    What differs from value to value cannot be compressed, so it is counted, and not the rows.
    """
    if items["value"].n_unique() <= DISTINCT_A_FILE:
        return [(name, items)]
    by_quantity = items.partition_by("metric", as_dict=True, maintain_order=True)
    return [(f"{name}-{quantity}", table) for (quantity,), table in by_quantity.items()]


def histories(study: str, runs: list[Run]) -> pl.DataFrame:
    """The loss histories of all runs in one table."""
    tables = [_labelled(run.read("history"), run) for run in runs]
    return pl.concat(tables).select(pl.lit(study).alias("study"), pl.all())


def datasets(runs: list[Run]) -> pl.DataFrame:
    """What the study was made from: `dataset, split, part, rows, rejects` and each manifest's other counts as JSON."""
    rows = []
    places = {(run.dataset, run.split): run.inputs for run in runs}
    for (dataset, split), inputs in sorted(places.items()):
        manifest = read_json(inputs.split.with_suffix(".manifest.json"))
        rejects = len(read_table(inputs.prepared.with_suffix(".rejects.parquet")))
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


def details(study: str, runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The study's own statistics of its predictions, with the columns that its `tables.DETAILS` declares."""
    made = _module(study, "score").details(runs, plan)
    return _declared(study, "DETAILS", made)


def illustrations(study: str, runs: list[Run]) -> dict[str, pl.DataFrame]:
    """What only pictures need, with the columns that the study's `tables.ILLUSTRATIONS` declares."""
    made = _module(study, "illustrations").illustrate(runs)
    return _declared(study, "ILLUSTRATIONS", made)


def write_tables(tables: dict[str, pl.DataFrame], folder: Path) -> None:
    """Each table as a Parquet file of its name, in a new folder with a manifest."""
    with whole_folder(folder):
        for name, table in tables.items():
            write_table(table, folder / f"{name}.parquet")


def _declared(study: str, kind: str, made: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    declared = getattr(_module(study, "tables"), kind)
    for name, table in made.items():
        if dict(table.schema) != declared.get(name):
            raise ValueError(
                f"study {study}: the table {name} has the columns {dict(table.schema)}, tables.py declares "
                f"{declared.get(name)} in {kind}. Hint: make both say the same; numbers are checked against it."
            )
    return made


def _module(study: str, name: str) -> ModuleType:
    return importlib.import_module(f"retort.studies.{study}.{name}")


def origin(runs: list[Run], lock: str) -> dict:
    """What `make verify` must know: machine, lock and the hashes of data, splits, code and settings of every run.

    Those of what many runs read alike stand once, under `inputs`: of thousands of runs they would be megabytes.
    `retort.record.hashes` puts them together again. `commit` is that of most runs; a run of another, as where a grid
    grew, names its own.
    """
    records = {str(run.folder): read_json(run.folder / "run.json") for run in runs}
    one = next(iter(records.values()))
    most = Counter(record["commit"] for record in records.values()).most_common(1)[0][0]
    inputs: dict[str, dict] = {}
    made: dict[str, dict] = {}
    for folder, record in records.items():
        own = record["hashes"] | {"settings": digest_of(record["settings"])}
        made[folder] = {name: own.pop(name) for name in ("seed", "settings", "uses")}
        made[folder]["inputs"] = digest_of(own)
        inputs[made[folder]["inputs"]] = own
        if record["commit"] != most:
            made[folder]["commit"] = record["commit"]
    return {
        "commit": most,
        "device": sorted({record["device"] for record in records.values()}),
        "machine": sorted({record["machine"] for record in records.values()}),
        "versions": one["versions"],
        "lock": lock,
        "inputs": inputs,
        "runs": made,
    }


def digest_of(values: dict) -> str:
    """sha256 of a run's settings, or of the hashes of what it read, as the record's origin keeps them."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def costs(study: str, runs: list[Run]) -> pl.DataFrame:
    """What every run took, from Snakemake's `benchmark:` files, and the device from run.json.

    Columns: study, dataset, split, variant, seed, wall_seconds, cpu_seconds, peak_memory_mib, parameters, device.
    """
    rows = []
    for run in runs:
        place = f"{study}/{run.dataset}/{run.split}/{run.variant}/seed{run.seed}"
        measured = pl.read_csv(
            f"data/benchmarks/{place}.tsv", separator="\t", null_values=["NA", "-"], infer_schema_length=None
        ).row(0, named=True)
        record = read_json(run.folder / "run.json")
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
