"""One build at a time in a checkout."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO, NamedTuple

from snakemake.exceptions import WorkflowError
from snakemake.shell import shell

LOCK = ".retort.lock"
_held: dict[Path, IO] = {}  # by checkout; closing a file would give its lock back


class State(NamedTuple):
    """What a checkout's lock says: whether somebody holds it, and when it was taken last."""

    held: bool
    taken: int


def state(root: Path) -> State:
    """Look at the lock without taking it: before a build is planned, for `alone` before it is carried out."""
    try:
        with (root / LOCK).open(encoding="utf-8") as file:
            taken = os.fstat(file.fileno()).st_mtime_ns
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return State(True, taken)
            return State(False, taken)
    except FileNotFoundError:
        return State(False, 0)


def alone(root: Path, planned: State | None = None) -> None:
    """Hold a lock on this checkout until the last of this process and its jobs has ended.

    Snakemake's own lock outlives a killed Snakemake, and its jobs outlive both. This one is an open file, which every
    job inherits: it lasts just as long as somebody is at work.

    Args:
        root: the checkout.
        planned: what the lock said before this build was planned.

    Raises:
        WorkflowError: another build is at work here, or was while this one was planned.
    """
    if root in _held:
        return
    now = state(root)
    file = (root / LOCK).open("a", encoding="utf-8")
    for wait in (0.1, 0.1, 0.1, None):  # somebody may just look at it
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if wait is None:
                raise WorkflowError(
                    f"{root}: another build is at work in this folder. Hint: wait for it, or stop it."
                ) from None
            time.sleep(wait)
    if planned is not None and (planned.held or planned.taken != now.taken):
        file.close()
        raise WorkflowError(
            f"{root}: another build was at work in this folder while this one was planned. Hint: start again."
        )
    os.utime(file.fileno())
    shell._process_args["pass_fds"] = (file.fileno(),)
    _held[root] = file
