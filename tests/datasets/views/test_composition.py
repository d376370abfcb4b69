"""The feature views of a small table, by hand."""

import json

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from retort.chemistry import magpie as features
from retort.datasets.views import composition, magpie


@pytest.fixture
def rows():
    return pl.DataFrame(
        {
            "target": ["SrTiO3", "Fe2O3·H2O", "Sr2Ti2O6"],
            "target_key": ["O0.6000 Sr0.2000 Ti0.2000", "Fe0.4000 O0.6000", "O0.6000 Sr0.2000 Ti0.2000"],
            "precursors": [["SrCO3", "TiO2"], ["Fe2O3"], ["SrO", "TiO2"]],
        }
    )


def test_composition(rows, tmp_path):
    composition.build(rows, tmp_path / "composition")
    targets = pl.read_parquet(tmp_path / "composition" / "targets.parquet")
    precursors = pl.read_parquet(tmp_path / "composition" / "precursors.parquet")
    elements = json.loads((tmp_path / "composition" / "elements.json").read_text())
    arrays = load_file(tmp_path / "composition" / "arrays.safetensors")
    assert targets.columns == ["target_key", "target"]
    assert targets["target"].to_list() == ["Fe2O3·H2O", "SrTiO3"]
    assert precursors["precursor"].to_list() == ["Fe2O3", "SrCO3", "SrO", "TiO2"]
    assert elements == [
        "Sr",
        "Ti",
        "Fe",
        "C",
        "O",
    ]  # 0.95, 1.54, 1.83, 2.55, 3.44; no H: the water is dropped
    np.testing.assert_allclose(arrays["targets"], [[0, 0, 0.4, 0, 0.6], [0.2, 0.2, 0, 0, 0.6]], rtol=1e-6)
    np.testing.assert_allclose(arrays["precursors"][1], [0.2, 0, 0, 0.2, 0.6], rtol=1e-6)
    assert arrays["precursors"].shape == (4, 5)
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}


def test_magpie(rows, tmp_path):
    magpie.build(rows, tmp_path / "magpie")
    targets = pl.read_parquet(tmp_path / "magpie" / "targets.parquet")
    array = load_file(tmp_path / "magpie" / "arrays.safetensors")["targets"]
    assert targets["target"].to_list() == ["Fe2O3·H2O", "SrTiO3"]
    assert (array.shape, array.dtype) == ((2, 132), np.float32)
    assert array[0, features.NAMES.index("mean number")] == pytest.approx(15.2)
    assert array[1, features.NAMES.index("mean number")] == pytest.approx(0.2 * 38 + 0.2 * 22 + 0.6 * 8)


def test_two_builds_give_the_same_bytes(rows, tmp_path):
    for name in ("a", "b"):
        composition.build(rows, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
