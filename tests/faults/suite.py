"""What a fault is, the scratch projects that faults are injected into, and the table of what was seen."""

import inspect
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..workflow.project import RESULTS, SMALL, Project, copy_project

RUN = "data/runs/precursors/solid_state_generated/family/selector/seed0"
PAPER = ("ms.pdf", "supplement.pdf")
LONGEST = 300  # seconds of one call; what hangs is not survived


@dataclass(frozen=True)
class Fault:
    """One fault: `then` is what shall follow, `lost` what may be, `known` why it is not so yet (that fails no run)."""

    group: str
    title: str
    then: str
    lost: str
    inject: Callable[["Bench"], str]
    known: str


@dataclass(frozen=True)
class Seen:
    """What followed: the message that a person would read, and what was not as it should be (empty: survived)."""

    fault: Fault
    message: str
    complaint: str
    seconds: float

    @property
    def fails(self) -> bool:
        return bool(self.complaint) and not self.fault.known


FAULTS: list[Fault] = []


def fault(title: str, *, then: str, lost: str = "nothing", known: str = "") -> Callable:
    """Register a function that injects a fault; its group is the first line of its module's docstring.

    It returns the message that was seen, and raises AssertionError where something was lost, believed or left unsaid.
    """

    def register(inject: Callable[["Bench"], str]) -> Callable[["Bench"], str]:
        group = (inspect.getmodule(inject).__doc__ or "").splitlines()[0].rstrip(".")
        FAULTS.append(Fault(group, title, then, lost, inject, known))
        return inject

    return register


class Bench:
    """Scratch projects below one folder; each fault gets copies of its own, which go when it is over."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.own = folder / "fault"

    @cached_property
    def untouched(self) -> Project:
        """A checkout in which nothing has run. Its training writes a checkpoint at every step, to be killed between."""
        if (self.folder / "untouched").exists():  # kept by an earlier run
            return Project(self.folder / "untouched")
        project = Project(copy_project(self.folder / "untouched"))
        loop = project.folder / "src/retort/training/loop.py"
        text = loop.read_text(encoding="utf-8")
        often = re.sub(r"(checkpoint_seconds: float = )[\d.]+", r"\g<1>0.0", text)
        assert often != text, f"{loop}: where is checkpoint_seconds?"
        loop.write_text(often, encoding="utf-8")
        git(project, "commit", "-aqm", "often")
        return project

    @cached_property
    def built(self) -> Project:
        """The small run of one study, from generated data to scores and statistics."""
        project = self._once("built")
        project.snakemake(RESULTS)
        return project

    @cached_property
    def printed(self) -> Project:
        """A paper rendered from the record of one study."""
        project = self._once("printed")
        for sums in (project.folder / "data/record/smoke").glob("*/sha256.json"):
            if sums.parent.name != "precursors":
                shutil.rmtree(sums.parent)
        project.snakemake(*PAPER, source="record", overrides=[])
        return project

    def _once(self, name: str) -> Project:
        """A project that is shared by faults, and kept where the folder of the bench is."""
        kept = self.folder / name
        return Project(kept) if kept.exists() else self._copy(self.untouched, kept)

    def fresh(self, name: str = "retort") -> Project:
        """A project of one's own in which nothing has run."""
        return self._copy(self.untouched, self.own / name)

    def finished(self, name: str = "retort") -> Project:
        """A project of one's own in which the small run has gone through."""
        return self._copy(self.built, self.own / name)

    def rendered(self, name: str = "retort") -> Project:
        """A project of one's own with a paper."""
        return self._copy(self.printed, self.own / name)

    def clear(self) -> None:
        """Take away what the last fault left."""
        for folder in (self.own, *self.own.rglob("*")) if self.own.exists() else ():
            if folder.is_dir() and not folder.is_symlink():
                folder.chmod(0o755)
        shutil.rmtree(self.own, ignore_errors=True)
        self.own.mkdir(parents=True)

    @staticmethod
    def _copy(project: Project, folder: Path) -> Project:
        shutil.copytree(project.folder, folder, symlinks=True)
        return Project(folder)


def git(project: Project, *arguments: str) -> None:
    """Run git in a scratch project."""
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(
        ["git", *identity, "-C", project.folder, *arguments], check=True, stdout=subprocess.DEVNULL
    )


def shell(project: Project, *command: str, **options) -> subprocess.CompletedProcess:
    """Run a program in a scratch project; its combined output is in `.stdout`."""
    return subprocess.run(
        command,
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
        **{"env": project.environment(), "timeout": LONGEST} | options,
    )


def refused(done: subprocess.CompletedProcess, *words: str) -> str:
    """The line of a failed call that holds all `words` (regular expressions) and a hint, without a traceback."""
    assert done.returncode != 0, "it was not refused"
    return said(done, *words, "Hint: ")


def said(done: subprocess.CompletedProcess, *words: str) -> str:
    """The line that holds all `words`, where nobody has to read a traceback to find it."""
    assert "Traceback (most recent call last)" not in done.stdout, f"a traceback: {done.stdout[-1500:]}"
    lines = [line for line in done.stdout.splitlines() if all(re.search(word, line) for word in words)]
    assert lines, f"no line says {' and '.join(words)}: {done.stdout[-1500:]}"
    return lines[0].strip().removeprefix("error: ")


def start(
    project: Project, *targets: str, source: str = "run", overrides: Sequence[str] = SMALL
) -> subprocess.Popen:
    """Start Snakemake in a process group of its own and leave it running."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        "2",
        "--config",
    ]
    command += ["scale=smoke", f"from={source}", f"overrides={list(overrides)}", "--", *targets]
    return subprocess.Popen(
        command,
        cwd=project.folder,
        env=project.environment(),
        stdout=(project.folder / "output").open("w", encoding="utf-8"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def interrupt(running: subprocess.Popen, when: Callable[[], bool], number: int = signal.SIGKILL) -> None:
    """Send a signal to a whole process group once `when` holds, and wait for its end."""
    deadline = time.monotonic() + LONGEST
    while not when():
        assert running.poll() is None, "it ended before it could be interrupted"
        assert time.monotonic() < deadline, "what it should be interrupted in never came"
        time.sleep(0.01)
    os.killpg(running.pid, number)
    running.wait(timeout=LONGEST)
    assert running.returncode != 0, "it went on as if nothing had happened"


def same(one: Project, other: Project, *names: str) -> None:
    """Demand that files of two projects are equal to the byte."""
    for name in names:
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes(), f"{name} differs"


RESULT_FILES = [
    f"data/results/precursors/{name}"
    for name in (
        "scores.parquet",
        "items/manifest.json",
        "history.parquet",
        "summary.parquet",
        "gains.parquet",
    )
]
RUN_FILES = [f"{RUN}/{name}" for name in ("model.safetensors", "predictions.parquet", "history.parquet")]


def flip(path: Path, where: float = 0.5) -> None:
    """Flip one bit of a file, at a share of its length, and leave its time as it was."""
    stat, content = path.stat(), bytearray(path.read_bytes())
    content[int(where * len(content))] ^= 0b100
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def run(fault: Fault, bench: Bench) -> Seen:
    """Inject one fault and look what follows."""
    bench.clear()
    started = time.monotonic()
    message, complaint = "", ""
    try:
        message = fault.inject(bench)
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        complaint = " ".join(str(error).split()) or type(error).__name__
    seconds = time.monotonic() - started
    bench.clear()
    return Seen(fault, _plain(message, bench), _plain(complaint, bench), seconds)


def _plain(text: str, bench: Bench) -> str:
    """A message without the scratch folder's place."""
    text = re.sub(rf"{re.escape(str(bench.folder))}/(fault/)?(\w+/)?", "", " ".join(text.split()))
    return text.replace(str(bench.folder), "<scratch>")


def table(seen: Sequence[Seen]) -> str:
    """The table of `docs/faults.md`, a part for each group."""
    lines, group = [], ""
    for row in seen:
        if row.fault.group != group:
            group = row.fault.group
            lines += ["", f"## {group}", "", "| fault | then | seen | lost | s |", "|---|---|---|---|--:|"]
        found = f"`{_cell(row.message)}`" if row.message else "nothing to read"
        if row.complaint:
            found = f"**{'open' if row.fault.known else 'not survived'}**: {_cell(row.fault.known or row.complaint)}"
        lost = "not known" if row.complaint else row.fault.lost
        lines.append(f"| {row.fault.title} | {row.fault.then} | {found} | {lost} | {row.seconds:.0f} |")
    return "\n".join(lines[1:]) + "\n"


def _cell(text: str) -> str:
    return (text if len(text) < 260 else text[:257] + "...").replace("|", "\\|").replace("`", "'")
