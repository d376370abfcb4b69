"""The log of a job: a first line that says what ran, everything printed, and the traceback of a failure."""

import atexit
import os
import platform
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TextIO

from retort import __version__
from retort.files import NoRoomError, room
from retort.provenance import commit


class _Log:
    """The file of a log. On a full disk it loses lines; a job must not fail by its log, nor lose its message by it."""

    def __init__(self, path: Path):
        self.file = path.open("w", encoding="utf-8")

    def write(self, text: str) -> None:
        with suppress(OSError):
            self.file.write(text)
            self.file.flush()

    def close(self) -> None:
        with suppress(OSError):
            self.file.close()


class _Tee:
    """Writes to the terminal and the log; progress bars, which rewrite their line, go to the terminal only."""

    def __init__(self, terminal: TextIO, log: _Log):
        self.terminal, self.log = terminal, log

    def write(self, text: str) -> int:
        if "\r" not in text:
            self.log.write(text)
        return self.terminal.write(text)

    def flush(self) -> None:
        self.terminal.flush()

    def isatty(self) -> bool:
        return self.terminal.isatty()


def _said(error: Exception) -> str:
    """What an error says of itself, in one line, with a hint where a library knows none."""
    if isinstance(error, MemoryError):
        return f"{error or 'memory'}: memory is used up. Hint: start fewer jobs at once, CORES=1, or raise `ulimit -v`."
    try:
        with room(Path.cwd() / "a file of this job, see its log"):
            raise error
    except NoRoomError as full:
        return str(error) if error is full else str(full)
    except Exception as same:  # noqa: BLE001 - the error itself
        return str(same) or type(same).__name__


@contextmanager
def journal(log: str | Path, **facts: object) -> Iterator[None]:
    """Run a block with its output copied to `log`.

    An exception becomes its traceback in the log, one line on stderr, and exit status 1: who runs the pipeline reads
    the message, not the stack.

    Args:
        log: the file; its folder exists already (Snakemake makes it).
        facts: seed, device, ... for the first line.
    """
    with closing(_Log(Path(log))) as file:
        first = {"commit": commit(), "retort": __version__, "python": platform.python_version(), **facts}
        file.write(" ".join(f"{name}={value}" for name, value in first.items()) + "\n")
        stdout, stderr = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Tee(stdout, file), _Tee(stderr, file)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - every failure is logged whole and ends the job
            file.write(traceback.format_exc())
            stderr.write(f"error: {_said(error)}\n")
            raise SystemExit(1) from None
        finally:
            sys.stdout, sys.stderr = stdout, stderr


def leave(status: int = 0) -> NoReturn:
    """End the process as the interpreter does, but without taking itself apart, which takes a second after torch."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
