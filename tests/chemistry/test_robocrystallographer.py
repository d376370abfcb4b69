"""The faster descriptions are those of the package: stored texts of the published loop, where all is at hand."""

import importlib.util
import os

import numpy as np
import polars as pl
import pytest

from retort.chemistry import robocrystallographer
from retort.chemistry.crystal import read_cif
from retort.chemistry.descriptions import normalised
from retort.chemistry.robocrystallographer import NoDescriberError, demand, describe
from retort.datasets import archives
from retort.datasets.download import mirrors_from
from retort.datasets.stored_descriptions import stored

INSTALLED = importlib.util.find_spec("robocrys") is not None
COUNT = int(os.environ.get("RETORT_DESCRIBED", "1"))  # some seconds each; 100 were equal on 2026-11-29


@pytest.mark.skipif(INSTALLED, reason="robocrys is installed")
def test_without_the_package_the_hint_says_how():
    with pytest.raises(NoDescriberError, match=r"pip install --no-deps -r requirements-describe\.txt"):
        demand()


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(robocrystallographer, "PACKAGE", "numpy")
    with pytest.raises(NoDescriberError, match=r"numpy is .*, expected 0\.2\.13"):
        demand()


@pytest.mark.skipif(not INSTALLED, reason="robocrys is not installed")
def test_texts_are_the_stored_ones():
    mirrors = mirrors_from(os.environ)
    texts = {name: text for name, text in stored(mirrors).items() if name.startswith("mp-")}
    tables = [mirror / "materials/structures/mp36k.csv.xz" for mirror in mirrors]
    table = next((path for path in tables if path.is_file()), None)
    if not texts or table is None:
        pytest.skip("no folder of RETORT_MIRRORS holds texts and structures")
    chosen = np.random.default_rng(0).permutation(sorted(texts))[:COUNT]
    raw = archives.read_table(table, ("material_id", "cif")).filter(
        pl.col("material_id").is_in(chosen.tolist())
    )
    for name, cif in raw.iter_rows():
        crystal = read_cif(cif)
        text = describe(crystal.lattice, crystal.numbers, crystal.positions)
        assert normalised(text) == normalised(texts[name]), name
