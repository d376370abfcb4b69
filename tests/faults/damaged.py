"""Flipped bits and torn files."""

import os
import shutil
import sys
from pathlib import Path

from ..workflow.project import RESULTS, Project
from .suite import (
    RESULT_FILES,
    RUN,
    RUN_FILES,
    Bench,
    fault,
    flip,
    interrupt,
    refused,
    said,
    same,
    shell,
    start,
)

NAMED = "refused: the file is named"
STANDS_ON_IT = "data/runs/precursors/solid_state_generated/family/raw-mpc-first"


def _without(project: Project, *names: str) -> None:
    """Delete results, so that the next call reads what they are made from."""
    for name in names:
        path = project.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _tear(path: Path) -> None:
    """Keep the first half of a file, and its time."""
    stat, content = path.stat(), path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _flipped(bench: Bench, name: str, *deleted: str) -> str:
    project = bench.finished()
    flip(project.folder / name)
    # What is missing between two files that are there is not made anew, unless the end is missing, too.
    _without(project, *deleted, "data/results")
    return refused(project.snakemake(RESULTS, check=False), Path(name).name)


@fault("a bit of a prepared table flips", then=NAMED)
def flipped_prepared(bench: Bench) -> str:
    return _flipped(bench, "data/prepared/solid_state_generated.parquet", "data/splits", "data/runs")


@fault("a bit of a split flips", then=NAMED)
def flipped_split(bench: Bench) -> str:
    return _flipped(bench, "data/splits/solid_state_generated/family.parquet", "data/runs")


@fault("a bit of a feature array flips", then=NAMED)
def flipped_features(bench: Bench) -> str:
    folder = bench.built.folder
    files = [
        file
        for file in (folder / "data/features").rglob("*")
        if file.is_file() and file.name != "manifest.json"
    ]
    largest = max(
        (file for file in files if not file.name.startswith(".")), key=lambda file: file.stat().st_size
    )
    return _flipped(bench, str(largest.relative_to(folder)), "data/runs")


@fault(
    "a bit of a checkpoint flips",
    then="it is not believed: trained anew, to the same bytes",
    lost="the steps so far",
)
def flipped_checkpoint(bench: Bench) -> str:
    project = bench.finished()
    _without(project, "data/runs", "data/results")
    checkpoint = project.folder / RUN / "checkpoint.safetensors"
    interrupt(start(project, RESULTS), checkpoint.exists)
    flip(checkpoint)
    done = project.snakemake(RESULTS)
    same(project, bench.built, *RESULT_FILES, *RUN_FILES)
    return said(done, "checkpoint.safetensors")


@fault("a bit of a model flips that another run stands on", then=NAMED)
def flipped_model(bench: Bench) -> str:
    return _flipped(bench, f"{RUN}/model.safetensors", f"{STANDS_ON_IT}/seed0")


@fault("a bit of a model flips that `retort precursors` is asked with", then=NAMED)
def flipped_model_in_use(bench: Bench) -> str:
    project = bench.finished()
    flip(project.folder / RUN / "model.safetensors")
    command = [sys.executable, "-m", "retort.cli", "precursors", "LiFePO4", "--run", RUN]
    return refused(shell(project, *command), "model.safetensors")


@fault("a bit of predictions flips", then=NAMED)
def flipped_predictions(bench: Bench) -> str:
    return _flipped(bench, f"{RUN}/predictions.parquet")


@fault("a bit of the scores flips", then="made anew, or refused: the file is named")
def flipped_scores(bench: Bench) -> str:
    project = bench.finished()
    flip(project.folder / "data/results/precursors/scores.parquet")
    _without(project, RESULTS)
    done = project.snakemake(RESULTS, check=False)
    if done.returncode == 0:
        same(project, bench.built, *RESULT_FILES)
        return "made anew"
    return refused(done, "scores.parquet")


@fault(
    "the errors of one place's test items are gone",
    then="refused: the file is named; nothing is summarized of the rest",
)
def lost_items(bench: Bench) -> str:
    project = bench.finished()
    (project.folder / "data/results/precursors/items/solid_state_generated-family.parquet").unlink()
    _without(project, RESULTS)
    return refused(
        project.snakemake(RESULTS, check=False), "solid_state_generated-family.parquet", "is missing"
    )


@fault("a prepared table is torn", then=NAMED)
def torn_table(bench: Bench) -> str:
    project = bench.finished()
    _tear(project.folder / "data/prepared/solid_state_generated.parquet")
    _without(project, "data/splits", "data/runs", "data/results")
    return refused(project.snakemake(RESULTS, check=False), "solid_state_generated.parquet")


@fault("the `run.json` of a run is torn", then=NAMED)
def torn_facts(bench: Bench) -> str:
    project = bench.finished()
    _tear(project.folder / RUN / "run.json")
    _without(project, "data/results")
    return refused(project.snakemake(RESULTS, check=False), "run.json")


@fault("a bit of the record flips", then=NAMED)
def flipped_record(bench: Bench) -> str:
    project = bench.rendered()
    flip(project.folder / "data/record/smoke/precursors/scores.parquet")
    _without(project, "data/results", "src/tex/output", "src/tex/tables", "ms.pdf")
    return refused(project.snakemake("ms.pdf", source="record", overrides=[], check=False), "scores.parquet")
