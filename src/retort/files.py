"""Files appear whole or not at all, and a full disk is called one."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NoRoomError(Exception):
    """A file does not fit on its disk; the message names it and ends with a hint."""


@contextmanager
def room(path: Path) -> Iterator[None]:
    """Say which file does not fit where a write in the block meets a full disk: what is raised there names none.

    Raises:
        NoRoomError: the disk, or what a user may use of it, is full. Every other error passes as it is.
    """
    try:
        yield
    except Exception as error:
        # polars and safetensors give the number in the text only.
        met = [
            code
            for code in FULL
            if code == getattr(error, "errno", None) or f"os error {code})" in str(error)
        ]
        if not met:
            raise
        raise NoRoomError(
            f"{path}: {os.strerror(met[0]).lower()}. Hint: make room there (`df -h {path.parent}`, `ulimit -f`) and "
            "start again; what is finished stays."
        ) from error


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to, moved there once the block has ended; folders are made.

    If the block raises, nothing appears at `path`, and what was there stays. A process that is killed leaves the
    temporary file, `.<name>.<process>.part`, behind. A full disk raises NoRoomError.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with room(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write `content`, text as UTF-8, to `path`."""
    with whole(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
