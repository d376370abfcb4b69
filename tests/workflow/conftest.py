"""One small, real run, shared by the tests of the DAG."""

import pytest

from .project import RESULTS, Project, copy_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Project:
    """A project whose small run has gone through to the paper's figures and tables."""
    project = Project(copy_project(tmp_path_factory.mktemp("project") / "retort"))
    project.snakemake(RESULTS, "precursors")
    return project


@pytest.fixture
def fresh(tmp_path) -> Project:
    """A project in which nothing has run."""
    return Project(copy_project(tmp_path / "retort"))
