"""What it costs to start a job: CPU seconds of one that does nothing, cold and warm, and of a build over its training.

    python benchmarks/job_overhead.py [--build]

A job that does nothing imports what training imports, opens its log and ends. With `--build` the smoke scale is made
from nothing in a copy of this checkout under build/, results and measurements, on all cores.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "src")]
os.environ["PYTHONPATH"] = str(ROOT / "src")

import warm  # noqa: E402

NOTHING = """
import importlib
from retort.journal import journal, leave
from retort.training.run import execute
with journal("log"):
    for study in ("precursors", "transfer", "molecules"):
        importlib.import_module(f"retort.studies.{study}.train")
leave()
"""


def children() -> float:
    """CPU seconds of all processes of this one that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def overhead(jobs: int) -> None:
    """Start jobs that do nothing, cold and warm, and print what one took."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        script = Path(folder, "nothing.py")
        script.write_text(NOTHING, encoding="utf-8")
        cold = []
        for _ in range(max(3, jobs // 10)):
            before = children()
            subprocess.run([sys.executable, script], check=True)
            cold.append(children() - before)
        print(
            f"cold: median {statistics.median(cold):.2f} s, {min(cold):.2f} to {max(cold):.2f}, n = {len(cold)}"
        )

        def served(count: int) -> float:
            before, zygote = children(), warm.Zygote(warm.modules(ROOT.glob("src/retort/**/*.py")))
            for _ in range(count):
                assert zygote.run(str(script), warm.environment(1, None), None) == 0
            zygote.close()
            return children() - before

        once = served(0)
        many = served(jobs)
        print(f"warm: {(many - once) / jobs:.3f} s, n = {jobs}; the zygote itself {once:.2f} s")


def build() -> None:
    """Make the smoke scale from nothing, and print its CPU seconds over those of its training."""
    from verify import copy, working_tree

    target = ROOT / "build/overhead"
    shutil.rmtree(target, ignore_errors=True)
    copy(ROOT, [name for name in working_tree(ROOT) if not name.startswith("data/record/")], target)
    before, started = children(), time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        "all",
        "--quiet",
        "all",
        "--config",
        "scale=smoke",
    ]
    subprocess.run([*command, "--", "results", "measurements"], cwd=target, check=True)
    wall, total = time.perf_counter() - started, children() - before
    records = [json.loads(path.read_text(encoding="utf-8")) for path in target.glob("data/runs/**/run.json")]
    studies: dict[str, float] = {}
    for record in records:
        seconds = record["facts"].get("training_seconds", 0.0)
        studies[record["study"]] = studies.get(record["study"], 0.0) + seconds
    training = sum(studies.values())
    each = ", ".join(f"{study} {seconds:.0f}" for study, seconds in sorted(studies.items()))
    print(f"smoke: {wall:.0f} s, {total:.0f} CPU s, {total / training:.1f} times those of training")
    print(f"training of {len(records)} runs: {training:.0f} s ({each})")
    shutil.rmtree(target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=30)
    parser.add_argument("--build", action="store_true", help="make the smoke scale, too")
    given = parser.parse_args()
    overhead(given.jobs)
    if given.build:
        build()
