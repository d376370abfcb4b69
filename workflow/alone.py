"""One build at a time in a checkout."""

import fcntl
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.shell import shell


def alone(root: Path) -> None:
    """Hold a lock on this checkout until the last of this process and its jobs has ended.

    Snakemake's own lock outlives a killed Snakemake, and its jobs outlive both. This one is an open file, which every
    job inherits: it lasts just as long as somebody is at work.

    Raises:
        WorkflowError: another build is at work here.
    """
    file = (root / ".retort.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorkflowError(
            f"{root}: another build is at work in this folder. Hint: wait for it, or stop it."
        ) from None
    shell._process_args["pass_fds"] = (file.fileno(),)
    _held.append(file)  # closing it would give the lock back


_held: list = []
