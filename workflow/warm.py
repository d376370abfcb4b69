"""Warm jobs: a Python script of a rule runs in a fork of one interpreter that has imported everything (`zygote.py`).

A cold job spends 3 to 9 CPU seconds on starting Python and importing torch, as much as a small run trains. Where it is
not certain that a fork does just what a new process would, a job starts cold: another platform than Linux, conda,
containers, environment modules, several threads (OpenMP counts its threads once), and wherever RETORT_WARM=0.
On a cluster the jobs of a group share an interpreter, on the node that they run on.
"""

import atexit
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
from snakemake.benchmark import BenchmarkRecord, benchmarked
from snakemake.jobs import Job
from snakemake.script import PythonScript
from snakemake.shell import shell

from retort.provenance import imported_modules

ENOUGH = 3  # jobs: for fewer the imports cost more than they save
THREADS = ("OMP", "GOTO", "OPENBLAS", "MKL", "NUMEXPR")


def environment(threads: int, temporary: str | None) -> dict[str, str]:
    """What `snakemake.shell.shell` gives a job."""
    counts = {f"{name}_NUM_THREADS": str(threads) for name in THREADS}
    folders = dict.fromkeys(("TMPDIR", "TMP", "TEMPDIR", "TEMP"), temporary) if temporary else {}
    return {**os.environ, **counts, "VECLIB_MAXIMUM_THREADS": str(threads), **folders}


IMPORT = re.compile(
    r"^\s*(?:from ([\w.]+) import (?:\(([\w,\s]+)\)|([\w, ]+))|import ([\w., ]+))", re.MULTILINE
)


def files(jobs: Iterable[Job], root: Path) -> set[Path]:
    """This project's files that jobs run: scripts, what these import, and what they import by a computed name."""
    found: set[Path] = set()
    for job in jobs:
        found.add(root / "workflow/scripts" / Path(str(job.rule.script)).name)
        if program := job.input.get("script"):
            found.add(root / program)
        named = job.wildcards_dict
        if "study" in named:
            found.update(root.glob(f"src/retort/studies/{named['study']}/*.py"))
        elif "dataset" in named:
            found.update(root.glob("src/retort/datasets/**/*.py"))
    return found | set(imported_modules(*found))


def modules(files: Iterable[Path]) -> list[str]:
    """Dotted names of what these files import, inside functions too, this project's own left out.

    Read from the text of the files, which takes a hundredth of the time of parsing; a name too many does no harm.
    """
    names = {"snakemake.iocontainers", "snakemake.logging"}  # by the first lines of every script
    for file in files:
        for package, several, some, plain in IMPORT.findall(file.read_text(encoding="utf-8")):
            names.update(re.findall(r"[\w.]+", plain))
            names.update(f"{package}.{name}" for name in re.findall(r"\w+", several + some))
    return sorted(name for name in names if name.split(".")[0] != "retort")


class Zygote:
    """The warm interpreter, seen from Snakemake's process."""

    def __init__(self, names: list[str]):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = str(Path(__file__).with_name("zygote.py"))
        self.process = subprocess.Popen(
            [sys.executable, program, str(theirs.fileno()), *names],
            env=environment(1, None),
            pass_fds=[theirs.fileno(), *shell._process_args.get("pass_fds", ())],
        )
        theirs.close()
        atexit.register(self.close)

    def close(self) -> None:
        """End it, and what it still runs."""
        self.socket.close()
        self.process.wait()

    def run(self, script: str, environment: dict[str, str], record: BenchmarkRecord | None) -> int | None:
        """Exit status of a script (-n: killed by signal n), or None if it was not begun."""
        reading, writing = os.pipe()
        request = {"script": script, "folder": str(Path.cwd()), "environment": environment}
        with os.fdopen(reading, encoding="ascii") as status:
            try:
                socket.send_fds(self.socket, [json.dumps(request).encode()], [writing])
            except OSError:  # it is gone, or the message is too long for it
                return None
            finally:
                os.close(writing)
            begun = status.readline()
            if not begun:
                return None
            began = time.time()
            with contextlib.ExitStack() as watched:
                if record is not None:
                    # A short job may be over before anybody looks: then its time is all that is known.
                    with contextlib.suppress(psutil.NoSuchProcess):
                        watched.enter_context(benchmarked(int(begun), record))
                ended = status.readline()
        if record is not None and record.running_time is None:
            record.running_time = time.time() - began
        return int(ended or -9)


def execute_script(zygote: Zygote, cold, script: PythonScript, fname: str, edit: bool = False) -> None:
    """In the place of `PythonScript.execute_script`."""
    apart = script.conda_env, script.container_img, script.env_modules, script.shadow_dir
    if edit or any(apart) or script.threads != 1:
        return cold(script, fname, edit)
    path = str(Path(fname).absolute())
    status = zygote.run(path, environment(1, script.resources.get("tmpdir")), script.bench_record)
    if status is None:
        return cold(script, fname, edit)
    if status:
        raise subprocess.CalledProcessError(status, f"set -euo pipefail;  {sys.executable} {fname}")


def install(workflow, root: Path) -> None:
    """Run the scripts of this workflow's jobs warm from now on, if there are enough of them."""
    if sys.platform != "linux" or os.environ.get("RETORT_WARM") == "0":
        return
    jobs = [job for job in workflow.dag.needrun_jobs() if job.is_script and job.threads == 1]
    if len(jobs) < ENOUGH:
        return
    zygote = Zygote(modules(files(jobs, root)))
    cold = PythonScript.execute_script

    def execute(script: PythonScript, fname: str, edit: bool = False) -> None:
        execute_script(zygote, cold, script, fname, edit)

    PythonScript.execute_script = execute


def install_late(workflow, root: Path) -> None:
    """The same for a job of a cluster, which may be a group of jobs: Snakemake calls no `onstart` there, and which jobs
    these are is known when the first one begins."""
    cold, first = PythonScript.execute_script, threading.Lock()

    def execute(script: PythonScript, fname: str, edit: bool = False) -> None:
        with first:
            if PythonScript.execute_script is execute:
                PythonScript.execute_script = cold
                install(workflow, root)
        PythonScript.execute_script(script, fname, edit)

    PythonScript.execute_script = execute
