"""Interrupted."""

import shutil
import signal

from .suite import PAPER, RESULT_FILES, RUN, RUN_FILES, Bench, fault, interrupt, same, start
from .suite import RESULTS as TARGET

ON = "the next call goes on, to the same bytes"
TRAINED = "at most the step it was in"


def _stopped_in_training(bench: Bench, number: int) -> str:
    project = bench.finished()
    for name in ("runs", "results"):
        shutil.rmtree(project.folder / "data" / name)
    checkpoint = project.folder / RUN / "checkpoint.safetensors"
    interrupt(start(project, TARGET), checkpoint.exists, number)
    assert checkpoint.exists(), "the checkpoint is gone"
    project.snakemake(TARGET)
    same(project, bench.built, *RESULT_FILES, *RUN_FILES)
    assert not checkpoint.exists(), "the checkpoint stays behind"
    return ""


@fault("`kill -9` in training", then=ON, lost=TRAINED)
def killed_in_training(bench: Bench) -> str:
    return _stopped_in_training(bench, signal.SIGKILL)


@fault("Ctrl-C in training", then=ON, lost=TRAINED)
def stopped_by_the_keyboard(bench: Bench) -> str:
    return _stopped_in_training(bench, signal.SIGINT)


@fault("SIGTERM in training, as a cluster sends it", then=ON, lost=TRAINED)
def terminated(bench: Bench) -> str:
    return _stopped_in_training(bench, signal.SIGTERM)


@fault("`kill -9` while a data set is prepared", then=ON)
def killed_in_prepare(bench: Bench) -> str:
    project = bench.finished()
    table = "data/prepared/solid_state_generated.parquet"
    log = project.folder / "data/logs/prepare/solid_state_generated.log"
    log.unlink()
    (project.folder / table).unlink()
    interrupt(start(project, table), log.exists)
    project.snakemake(table)
    same(project, bench.built, table)
    return ""


@fault("`kill -9` in LaTeX", then=ON)
def killed_in_latex(bench: Bench) -> str:
    project = bench.rendered()
    for name in PAPER:
        (project.folder / name).unlink()
    shutil.rmtree(project.folder / "build")
    interrupt(
        start(project, *PAPER, source="record", overrides=[]),
        (project.folder / "build/paper/ms.aux").exists,
    )
    assert not any((project.folder / name).exists() for name in PAPER), "half a paper"
    project.snakemake(*PAPER, source="record", overrides=[])
    same(project, bench.printed, *PAPER)
    return ""
