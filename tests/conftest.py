"""What the tests of the `retort` commands share."""

import io
import sys

import pytest

from retort import cli


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
