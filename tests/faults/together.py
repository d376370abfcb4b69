"""Two at once."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress

from ..workflow.project import RESULTS, Project
from .suite import LONGEST, RUN, Bench, fault, refused, said, same, start

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


@fault("two builds in one folder, by `make` or by plain `snakemake`", then=SECOND)
def two_builds(bench: Bench) -> str:
    return _second(bench, [], [], "(Another|at work|locked)")


@fault("a second build with `--nolock`", then=SECOND)
def without_lock(bench: Bench) -> str:
    return _second(bench, [], ["--nolock"], "(Another|at work|locked)")


@fault("a build beside the jobs that a killed Snakemake left behind", then="refused until they are over")
def orphans(bench: Bench) -> str:
    project = bench.finished()
    for name in ("runs", "results"):
        shutil.rmtree(project.folder / "data" / name)
    first = start(project, RESULTS)
    while not (project.folder / RUN / "checkpoint.safetensors").exists():
        assert first.poll() is None, "it ended too soon"
        time.sleep(0.01)
    members = _group(first.pid)
    os.killpg(first.pid, signal.SIGSTOP)
    first.kill()
    first.wait()
    try:
        done = project.snakemake(RESULTS, check=False)
        message = refused(done, "(Another|at work|locked)") if done.returncode else ""
        if not message:  # the orphans were ended in its place
            same(project, bench.built, "data/results/precursors/scores.parquet")
    finally:
        for each in members - {first.pid}:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
    return message


def _group(leader: int) -> set[int]:
    """The processes of a process group."""
    listed = subprocess.run(
        ["ps", "-eo", "pid,pgid"], capture_output=True, encoding="utf-8", check=True
    ).stdout
    rows = [line.split() for line in listed.splitlines()[1:]]
    return {int(process) for process, group in rows if int(group) == leader}
