"""Two at once."""

import os
import shutil
import signal
import time

from ..workflow.project import RESULTS, Project
from .suite import LONGEST, RUN, Bench, fault, said, same, start

SECOND = "the second is refused, the first goes on"


def _second(bench: Bench, prefix: list[str], options: list[str], *words: str) -> str:
    project: Project = bench.finished()
    for name in ("runs", "results"):
        shutil.rmtree(project.folder / "data" / name)
    first = start(project, RESULTS)
    try:
        while not (project.folder / RUN / "checkpoint.safetensors").exists():
            assert first.poll() is None, "the first ended too soon"
            time.sleep(0.01)
        # Stopped, so that it is at work for as long as the second needs to see it.
        os.killpg(first.pid, signal.SIGSTOP)
        done = project.snakemake(RESULTS, prefix=prefix, options=options, check=False)
        os.killpg(first.pid, signal.SIGCONT)
        assert first.wait(timeout=LONGEST) == 0, "the first failed"
    finally:
        if first.poll() is None:
            os.killpg(first.pid, signal.SIGKILL)
    assert done.returncode != 0, "both ran"
    same(project, bench.built, "data/results/precursors/scores.parquet")
    return said(done, *words)


@fault("two `make`", then=SECOND)
def two_makes(bench: Bench) -> str:
    return _second(bench, ["sh", "workflow/locked.sh"], ["--nolock"], "Another make")


@fault("plain `snakemake` beside `make`", then=SECOND)
def snakemake_beside_make(bench: Bench) -> str:
    return _second(bench, [], [], "(Another|at work|locked)")
