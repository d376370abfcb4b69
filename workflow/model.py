"""Make the one model that a command of `retort` needs: `python workflow/model.py precursors laptop --cores 2`.

Where the record has it, only the data that an answer reads are fetched and prepared; else Snakemake makes the run's
files, and what it stands on. Which run it is, the `MODELS` of the study's use.py say.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import polars as pl
from make import models

from retort.asking import finished_runs, kept
from retort.configuration import ConfigurationError, load
from retort.plan import Plan
from retort.record import read_table
from retort.runs import Run


def block_of(name: str) -> dict:
    """What `MODELS` says of a name: of the whole of it, `similar/text`, or of the command before a data set."""
    known = models()
    return known.get(name) or known[name.partition("/")[0]]


def run_of(plan: Plan, name: str, block: dict, record: Path) -> Run:
    """The run that answers.

    Args:
        name: of the command, or that and a data set: `property/bbbp`.
        block: of `MODELS`.
        record: of the study at the scale, whose validation scores choose where there are several variants.
    """
    study, dataset = block["study"], name.partition("/")[2] if "split" in block else ""
    places = [
        place
        for place in plan.places(study)
        if (place.dataset == dataset and fnmatch(place.split, block["split"]))
        or (not dataset and place.name == block["place"])
    ]
    if not places:
        on = f"{dataset}, {block['split']}" if dataset else block["place"]
        sys.exit(
            f"NAME={name}: the study {study} has no place {on} at this scale. Hint: SCALE=laptop, or full."
        )
    split = places[0].splits[0]
    planned = [run for run in plan.runs(study) if (run.dataset, run.split) == (places[0].dataset, split)]
    able = [run for run in planned if run.variant in block["variants"]]
    if not able:
        sys.exit(f"NAME={name}: none of {', '.join(block['variants'])} runs at {places[0].dataset}, {split}.")
    first = {
        variant: min(run for run in able if run.variant == variant) for variant in {r.variant for r in able}
    }
    return first[_best(first, block["variants"], places[0].splits, plan, record)]


def _best(runs: dict[str, Run], variants: list[str], splits: Sequence[str], plan: Plan, record: Path) -> str:
    """The variant that did best on validation by the record, over all draws, else the first that there is."""
    there = [variant for variant in variants if variant in runs]
    if len(there) == 1 or not (record / "scores.parquet").exists():
        return there[0]
    run = runs[there[0]]
    better = {metric["metric"]: metric["better"] for metric in plan.metrics(run.study)}
    scores = read_table(record / "scores.parquet").filter(
        pl.col("variant").is_in(there),
        pl.col("split").is_in(splits),
        part="valid",
        dataset=run.dataset,
    )
    # The metric that the study is about, or where a place has another kind of labels, theirs.
    for metric in (plan.config["study"][run.study]["primary"]["metric"], "roc_auc", "rmse"):
        found = scores.filter(metric=metric).group_by("variant").agg(pl.col("value").mean()).sort("variant")
        if len(found):
            return found.sort("value", descending=better[metric] == "higher", maintain_order=True)["variant"][
                0
            ]
    return there[0]


def data_of(run: Run) -> list[str]:
    """The files that a run reads, and an answer of it, besides the runs that it stands on."""
    folders = sorted(run.inputs.features.values())
    return [
        str(run.inputs.prepared),
        str(run.inputs.split),
        *(f"{folder}/manifest.json" for folder in folders),
    ]


def make(targets: list[str], scale: str, cores: int) -> None:
    """Ask Snakemake for files."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        str(cores),
        "--config",
        f"scale={scale}",
        "from=run",
    ]
    if failed := subprocess.run([*command, "--", *targets], check=False).returncode:
        sys.exit(failed)


def answers(run: Run) -> Path | None:
    """The folder of this run, here or in the record, if it can answer."""
    wanted = (run.dataset, run.split, run.variant, run.seed)
    for folder, record in finished_runs(run.study):
        if (record["dataset"], record["split"], record["variant"], record["seed"]) == wanted:
            return folder
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the one model that a command needs.")
    parser.add_argument("name")
    parser.add_argument("scale")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    block = block_of(arguments.name)
    try:
        plan = Plan(load(Path("workflow/config"), arguments.scale))
    except ConfigurationError as error:
        sys.exit(str(error))
    run = run_of(plan, arguments.name, block, Path("data/record", arguments.scale, block["study"]))
    data = data_of(run)
    recorded = kept(run.study) / Path(*run.folder.parts[3:])
    if recorded.exists():
        make(data, arguments.scale, arguments.cores)
    folder = answers(run)
    if folder is None or folder == run.folder:
        make([*data, f"{run.folder}/run.json"], arguments.scale, arguments.cores)
        folder = run.folder
    print(f"{folder}: `retort {arguments.name.partition('/')[0]}` answers with it")


if __name__ == "__main__":
    main()
