"""Unusual places and users."""

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from ..workflow.project import RESULTS, SMALL, Project
from .suite import RUN, Bench, fault, refused, same, shell

CALLS = 8  # each takes some 400 MB and some seconds of a processor

# Root may write anywhere; without these capabilities it is bound by the mode of files like everyone else.
BOUND = [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
]


def _bound() -> list[str]:
    return BOUND if os.geteuid() == 0 else []


@fault("the folder of the results is read-only", then="refused: the folder")
def read_only_output(bench: Bench) -> str:
    project = bench.finished()
    results = project.folder / "data/results/precursors"
    (results / "summary.parquet").unlink()
    results.chmod(0o555)
    done = project.snakemake(RESULTS, check=False, prefix=_bound())
    assert done.returncode != 0
    same(project, bench.built, "data/results/precursors/scores.parquet")
    lines = [line for line in done.stdout.splitlines() if "ermission" in line or "not writable" in line]
    assert lines, done.stdout[-800:]
    assert "data/results/precursors" in done.stdout
    return lines[0].strip()


@fault("the source tree is read-only, `data/` is not", then="goes through, to the same bytes")
def read_only_source(bench: Bench) -> str:
    project = bench.finished()
    for name in ("runs", "results"):
        shutil.rmtree(project.folder / "data" / name)
    for name in ("src", "workflow"):
        for path in (project.folder / name, *(project.folder / name).rglob("*")):
            if not path.is_symlink():
                path.chmod(0o555)
    done = project.snakemake(RESULTS, check=False, prefix=_bound())
    assert done.returncode == 0, done.stdout[-800:]
    same(project, bench.built, "data/results/precursors/scores.parquet")
    return ""


def _public_python(folder: Path) -> str:
    """An interpreter with our packages that everybody may run; root's own may lie in a closed folder."""
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = shutil.which(here, path="/usr/bin:/usr/local/bin")
    assert found, f"{here} is in no public folder"
    subprocess.run([found, "-m", "venv", "--without-pip", folder], check=True)
    (target,) = folder.glob("lib/*/site-packages")
    (target / "ours.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return str(folder / "bin/python")


@fault("another user than root", then="goes through, to the same bytes")
def another_user(bench: Bench) -> str:
    project = bench.finished()
    for name in ("runs", "results"):
        shutil.rmtree(project.folder / "data" / name)
    python, prefix = sys.executable, []
    if os.geteuid() == 0:
        python = _public_python(project.folder / "venv")
        subprocess.run(["chown", "-R", "nobody", project.folder], check=True)
        prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    command = [
        *prefix,
        python,
        "-m",
        "snakemake",
        "--cores",
        "2",
        "--config",
        f"overrides={SMALL}",
        "--",
        RESULTS,
    ]
    done = shell(project, *command, env=project.environment(HOME=str(project.folder)))
    assert done.returncode == 0, done.stdout[-800:]
    same(project, bench.built, "data/results/precursors/scores.parquet")
    return ""


@fault("a path of 200 characters with blanks and an umlaut", then="goes through, to the same bytes")
def long_path(bench: Bench) -> str:
    name = "/".join(["a folder of Müller's that is called " + "x" * 60] * 2)
    project = bench.finished(name)
    for each in ("runs", "results"):
        shutil.rmtree(project.folder / "data" / each)
    done = project.snakemake(RESULTS, check=False)
    assert done.returncode == 0, done.stdout[-800:]
    same(project, bench.built, "data/results/precursors/scores.parquet")
    return ""


@fault("2 GB of address space (`ulimit -v`)", then="goes through, or refused: memory is named")
def little_memory(bench: Bench) -> str:
    project = bench.finished()
    for name in ("runs", "results"):
        shutil.rmtree(project.folder / "data" / name)
    prefix = ["sh", "-c", 'ulimit -v 2000000; exec "$@"', "sh"]
    done = project.snakemake(RESULTS, check=False, prefix=prefix)
    if done.returncode == 0:
        same(project, bench.built, "data/results/precursors/scores.parquet")
        return ""
    return refused(done, "(?i)memory")


@fault(f"{CALLS} calls of `retort` at once", then="all are answered alike")
def many_calls(bench: Bench) -> str:
    project: Project = bench.finished()
    command = [sys.executable, "-m", "retort.cli", "precursors", "LiFePO4", "--run", RUN, "--json"]
    one = shell(project, *command)
    assert one.returncode == 0, one.stdout[-800:]
    started = time.monotonic()
    running = [
        subprocess.Popen(
            command,
            cwd=project.folder,
            env=project.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        for _ in range(CALLS)
    ]
    answers = {(process.communicate(timeout=600)[0], process.returncode) for process in running}
    assert answers == {(one.stdout, 0)}, f"{len(answers)} different answers"
    return f"one answer, {CALLS} times, in {time.monotonic() - started:.0f} s"
