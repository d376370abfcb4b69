"""Copies of this checkout, and one small, real run, shared by the tests that call Snakemake."""

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
def built(untouched, once) -> Project:
    """The small run of `finished`, made once for all processes; nobody changes it."""

    def make(folder):
        untouched.copy(folder / "retort").snakemake(RESULTS, "precursors", *MEASURED)

    return Project(once("built", make) / "retort")


@pytest.fixture(scope="session")
def finished(built, tmp_path_factory) -> Project:
    """A project whose small run has gone through to the paper's figures and tables; a copy of this process."""
    return built.copy(tmp_path_factory.mktemp("finished") / "retort")
