"""What the tests of the `retort` commands share."""

import fcntl
import io
import os
import sys
from pathlib import Path

import pytest

from retort import cli


def pytest_collection_modifyitems(items):
    """Whole builds go first: what is long should not begin last."""
    items.sort(key=lambda item: item.path.parent.name != "workflow")


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """`once(name, make)`: what `make(folder)` wrote to a new folder, once for all processes of pytest-xdist.

    Nobody may change what is in it.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def of(name: str, make) -> Path:
        made = shared / f"{name}-made"
        # The lock goes with the process that holds it, and what was cut short has no link.
        with (shared / f"{name}.lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.is_symlink():
                folder = tmp_path_factory.mktemp(name)
                make(folder)
                made.symlink_to(folder)
        return made.resolve()

    return of


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty project to work in, with a terminal instead of piped input."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})())
    return tmp_path


@pytest.fixture
def ask(capsys):
    """`ask(*words)`: the exit code of `retort *words`, what it printed, and what it said on standard error."""

    def call(*words):
        code = cli.main(list(words))
        return code, *capsys.readouterr()

    return call
