"""What the tests of the configuration share."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "workflow/config"


@pytest.fixture
def edited(tmp_path):
    """A copy of the workflow's configuration that a test may spoil."""
    shutil.copytree(ROOT / "workflow/schemas", tmp_path / "schemas")
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A copy of the programs of src/scripts that a test may spoil."""
    folder = tmp_path / "scripts"
    shutil.copytree(ROOT / "src/scripts", folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("retort.configuration.PROGRAMS", folder)
    return folder
