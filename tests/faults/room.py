"""A full disk."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from ..workflow.project import RESULTS, Project
from .sources import RAW, _declared, _mirror
from .suite import PAPER, RUN, Bench, fault, refused, same

NAMED = "refused: file and hint"


def _can_mount() -> bool:
    trial = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", "/mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


def small_disk(project: Project, name: str, kilobytes: int) -> Sequence[str]:
    """What to put before a command, so that `name` lies on a disk of this size, which goes with the command.

    Where no disk can be mounted, a limit for the size of every file has to do.
    """
    (project.folder / name).mkdir(parents=True, exist_ok=True)
    if shutil.which("unshare") and _can_mount():
        # Not empty: Snakemake takes empty folders away.
        mount = f'mount -t tmpfs -o size={kilobytes}k tmpfs {name} && : >{name}/keep && exec "$@"'
        return ["unshare", "-rm", "sh", "-c", mount, "sh"]
    return ["sh", "-c", f'ulimit -f {kilobytes * 2}; exec "$@"', "sh"]


@fault("the disk is full in training", then=NAMED)
def training(bench: Bench) -> str:
    project = bench.finished()
    for name in ("runs", "results"):
        shutil.rmtree(project.folder / "data" / name)
    prefix = small_disk(project, "data/runs", 60)
    message = refused(project.snakemake(RESULTS, prefix=prefix, check=False), f"{RUN[:9]}.*(space|large)")
    assert (project.folder / "data/prepared/solid_state_generated.parquet").exists()
    project.snakemake(RESULTS)
    same(project, bench.built, "data/results/precursors/scores.parquet")
    return message


@fault("the disk is full while a data set is prepared", then=NAMED)
def preparing(bench: Bench) -> str:
    project = bench.finished()
    shutil.rmtree(project.folder / "data/prepared")
    prefix = small_disk(project, "data/prepared", 8)
    done = project.snakemake("data/prepared/solid_state_generated.parquet", prefix=prefix, check=False)
    return refused(done, "data/prepared/solid_state_generated.*(space|large)")


@fault("the disk is full in a download from a mirror", then=f"{NAMED}; the mirror is not blamed")
def downloading(bench: Bench) -> str:
    project = bench.fresh()
    mirror = _mirror(project, _declared(project)["bytes"])
    prefix = small_disk(project, "data/raw", 16)
    given = {"scale": "laptop", "overrides": [], "options": ["--retries", "0"], "RETORT_MIRRORS": mirror}
    message = refused(project.snakemake(RAW, prefix=prefix, check=False, **given), f"{RAW}: .*(space|large)")
    assert "mirror" not in message, message
    return message


@fault("the disk is full in LaTeX", then=NAMED)
def typesetting(bench: Bench) -> str:
    project = bench.rendered()
    for name in PAPER:
        (project.folder / name).unlink()
    shutil.rmtree(project.folder / "build")
    needed = sum(file.stat().st_size for file in (project.folder / "src/tex").rglob("*") if file.is_file())
    prefix = small_disk(project, "build", needed // 1024 + 300)
    done = project.snakemake(*PAPER, prefix=prefix, source="record", overrides=[], check=False)
    assert not any((project.folder / name).exists() for name in PAPER), "half a paper"
    return refused(done, "build/paper.*(space|large|full)")


@fault("the disk is full when runs are scored", then=NAMED)
def scoring(bench: Bench) -> str:
    project = bench.finished()
    shutil.rmtree(project.folder / "data/results")
    prefix = small_disk(project, "data/results", 4)
    return refused(project.snakemake(RESULTS, prefix=prefix, check=False), "data/results.*(space|large)")


@fault("`TMPDIR` is full", then="goes through, or refused: the folder")
def temporary(bench: Bench) -> str:
    project = bench.finished()
    for name in ("runs", "results"):
        shutil.rmtree(project.folder / "data" / name)
    prefix = [*small_disk(project, "full", 4)]
    fill = 'dd if=/dev/zero of=full/rest bs=1k count=8 2>/dev/null; exec "$@"'
    done = project.snakemake(
        RESULTS, prefix=[*prefix, "sh", "-c", fill, "sh"], check=False, TMPDIR=str(project.folder / "full")
    )
    if done.returncode:
        return refused(done, "TMPDIR")
    same(project, bench.built, "data/results/precursors/scores.parquet")
    return ""


@fault("`TMPDIR` does not exist", then="goes through, or refused: the folder")
def no_temporary(bench: Bench) -> str:
    project = bench.finished()
    shutil.rmtree(project.folder / "data/results")
    done = project.snakemake(RESULTS, check=False, TMPDIR=os.fspath(project.folder / "none"))
    if done.returncode:
        return refused(done, "TMPDIR")
    return ""
