"""The views of compositions and element vectors, by hand; `crystal_graphs` is tested with the models that read it."""

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from retort.chemistry import magpie
from retort.datasets.views import formulas, vectors


@pytest.fixture
def rows():
    return pl.DataFrame(
        {
            "composition": [
                "O0.6000 Sr0.2000 Ti0.2000",
                "Fe0.4000 O0.6000",
                "O0.6000 Sr0.2000 Ti0.2000",
                "Cl0.5000 Na0.5000",
            ],
            "formula": ["SrTiO3", "Fe2O3", "Sr2Ti2O6", "NaCl"],
        }
    )


def test_formulas(rows, tmp_path):
    formulas.build(rows, tmp_path / "a")
    compositions = pl.read_parquet(tmp_path / "a" / "compositions.parquet")
    arrays = load_file(tmp_path / "a" / "arrays.safetensors")
    assert compositions.columns == ["composition", "formula"]
    assert compositions["formula"].to_list() == ["NaCl", "Fe2O3", "SrTiO3"]
    # By decreasing amount; on a tie the lighter element first.
    assert arrays["numbers"].tolist() == [[11, 17, 0], [8, 26, 0], [8, 22, 38]]
    assert arrays["numbers"].dtype == np.uint8
    np.testing.assert_allclose(
        arrays["fractions"], [[0.5, 0.5, 0], [0.6, 0.4, 0], [0.6, 0.2, 0.2]], rtol=1e-6
    )
    assert arrays["magpie"].shape == (3, 132)
    assert arrays["magpie"][1, magpie.NAMES.index("mean number")] == pytest.approx(15.2)
    formulas.build(rows, tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_elements_without_tabulated_properties_have_no_magpie_features(tmp_path):
    rows = pl.DataFrame({"composition": ["O0.6667 Rf0.3333", "O1.0000"], "formula": ["RfO2", "O2"]})
    formulas.build(rows, tmp_path)
    features = load_file(tmp_path / "arrays.safetensors")["magpie"]
    assert np.isnan(features[0]).all()
    assert np.isfinite(features[1]).all()


def element_rows(**changes):
    columns = {
        "id": ["H", "Og"],
        "mat2vec": [[1.0, 2.0], None],
        "matscholar": [[3.0], [4.0]],
        "cgcnn": [[5.0], [6.0]],
    }
    return pl.DataFrame(columns | changes)


def test_vectors(tmp_path):
    vectors.build(element_rows(), tmp_path)
    arrays = load_file(tmp_path / "vectors.safetensors")
    assert {name: array.shape for name, array in arrays.items()} == {
        "mat2vec": (119, 2), "matscholar": (119, 1), "cgcnn": (119, 1),
        "mat2vec_known": (119,), "matscholar_known": (119,), "cgcnn_known": (119,),
    }  # fmt: skip
    assert arrays["mat2vec"][1].tolist() == [1, 2]
    assert np.flatnonzero(arrays["mat2vec_known"]).tolist() == [1]
    assert np.flatnonzero(arrays["cgcnn_known"]).tolist() == [1, 118]
    assert arrays["matscholar"].sum() == 7


def test_bad_element_vectors_are_named(tmp_path):
    with pytest.raises(ValueError, match="mat2vec: id 'Xx' is no element"):
        vectors.build(element_rows(id=["Xx", "H"]), tmp_path)
    with pytest.raises(ValueError, match=r"cgcnn: vectors of \[1, 2\] numbers"):
        vectors.build(element_rows(cgcnn=[[5.0], [6.0, 7.0]]), tmp_path)
