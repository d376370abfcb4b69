"""Vectors of the elements: small files by hand, and the published ones where they are at hand."""

import json
import os

import polars as pl
import pytest

from retort.datasets import element_vectors
from retort.datasets.download import mirrors_from
from retort.datasets.errors import SchemaError


def folder(path, *, mat2vec=("H", "Fe"), matscholar=("H",), cgcnn=("Fe",)):
    lines = [",".join(("element", *map(str, range(200))))]
    lines += [",".join((symbol, *["0.5"] * 200)) for symbol in mat2vec]
    (path / "mat2vec.csv").write_text("\n".join(lines) + "\n")
    (path / "matscholar200.json").write_text(json.dumps({symbol: [0.25] * 200 for symbol in matscholar}))
    (path / "cgcnn92.json").write_text(json.dumps({symbol: [1] * 92 for symbol in cgcnn}))
    return path


def test_elements_by_atomic_number_with_null_for_what_is_unknown(tmp_path):
    rows = element_vectors.read(folder(tmp_path, mat2vec=("Fe", "H"), cgcnn=("Fe", "Li")), {}).rows
    assert dict(rows.schema) == element_vectors.SCHEMA
    assert rows["id"].to_list() == ["H", "Li", "Fe"]
    known = rows.select(pl.all().exclude("id").is_not_null())
    assert known.rows() == [(True, True, False), (False, False, True), (True, False, True)]
    assert rows.row(2)[1] == [0.5] * 200
    assert rows.row(2)[3] == [1.0] * 92


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("mat2vec.csv", None, "does not exist"),
        ("cgcnn92.json", None, "does not exist"),
        ("mat2vec.csv", "", "no CSV table"),
        ("mat2vec.csv", "symbol,0\nH,1\n", "first column is 'symbol'"),
        ("mat2vec.csv", "element,0,1\nH,1,2\n", "the vector of H has 2 numbers, expected 200"),
        ("mat2vec.csv", "element," + ",".join(map(str, range(200))) + "\nH" + ",x" * 200, "is no number"),
        ("cgcnn92.json", "[1", "is no JSON"),
        ("cgcnn92.json", "[1]", "holds a list"),
        ("cgcnn92.json", '{"Null": []}', "'Null' is no element"),
        ("cgcnn92.json", '{"H": 1}', "the vector of H has 1 numbers"),
        ("cgcnn92.json", json.dumps({"H": [None] * 92}), "is no number"),
        ("cgcnn92.json", json.dumps({"H": [float("nan")] * 92}), "is no number"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, name, content, said):
    path = folder(tmp_path) / name
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(SchemaError, match=said) as caught:
        element_vectors.read(tmp_path, {})
    assert str(path) in str(caught.value)
    assert "Hint:" in str(caught.value)


def test_the_published_vectors():
    for mirror in mirrors_from(os.environ):
        if (mirror / "materials" / "elements" / "mat2vec.csv").is_file():
            rows = element_vectors.read(mirror / "materials" / "elements", {}).rows
            break
    else:
        pytest.skip("no folder of RETORT_MIRRORS holds materials/elements/mat2vec.csv")
    assert rows.select(pl.all().exclude("id").count()).row(0) == (118, 103, 100)
    assert rows["mat2vec"][0][0] == pytest.approx(0.057146, abs=1e-6)
    assert rows["cgcnn"].drop_nulls().explode().is_in([0.0, 1.0]).all()
