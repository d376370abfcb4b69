"""How the tests are shared among processes, and what the tests of the `retort` commands share."""

import io
import sys

import pytest

from retort import cli


# First: xdist reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """A file stays in one process, as do the workflow's tests, which share a real run and, the longest, begin."""
    for item in items:
        group = "workflow" if "workflow" in item.path.parts else item.path.name
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: "workflow" not in item.path.parts)


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
