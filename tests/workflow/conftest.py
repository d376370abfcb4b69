"""Copies of this checkout, and one small, real run, shared by the tests that call Snakemake."""

import fcntl
import os

import pytest

from .project import MEASURED, RESULTS, Project, copy_project


@pytest.fixture(scope="session")
def untouched(tmp_path_factory) -> Project:
    """A project in which nothing ever runs: for dry runs, and for what is refused before the first job."""
    return Project(copy_project(tmp_path_factory.mktemp("untouched") / "retort"))


@pytest.fixture
def fresh(untouched, tmp_path) -> Project:
    """A project of one's own in which nothing has run."""
    return untouched.copy(tmp_path / "retort")


@pytest.fixture(scope="session")
def built(untouched, tmp_path_factory) -> Project:
    """The small run of `finished`, made once for all processes of pytest-xdist; nobody changes it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made = shared / "built"
    # The lock goes with the process that holds it, and a build that was cut short has no link.
    with (shared / "built.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_symlink():
            project = untouched.copy(tmp_path_factory.mktemp("project") / "retort")
            project.snakemake(RESULTS, "precursors", *MEASURED)
            made.symlink_to(project.folder)
    return Project(made.resolve())


@pytest.fixture(scope="session")
def finished(built, tmp_path_factory) -> Project:
    """A project whose small run has gone through to the paper's figures and tables; a copy of this process."""
    return built.copy(tmp_path_factory.mktemp("finished") / "retort")
