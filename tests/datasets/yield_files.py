"""Where the published files of yields are, for tests that read them."""

import os
from pathlib import Path

import pytest

from retort.datasets.download import mirrors_from


def folder(name: str) -> Path:
    """`yields/<name>` of a mirror; the test is skipped where none has it."""
    for mirror in mirrors_from(os.environ):
        if (mirror / "yields" / name).is_dir():
            return mirror / "yields" / name
    pytest.skip(f"no folder of RETORT_MIRRORS holds yields/{name}")
