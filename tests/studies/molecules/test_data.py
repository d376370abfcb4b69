"""Which molecules reach a model, and as what."""

import numpy as np
import polars as pl
import pytest

from retort.sealed import write_table
from retort.studies.molecules.data import (
    NOTHING,
    PREDICTIONS_SCHEMA,
    Records,
    by_size,
    predictions,
    read,
)

PARTS = ["train", "excluded", "test", "unlabelled", "valid", "train", None]


def table(**labels):
    ids = [f"{row:05d}" for row in range(7)]
    texts = {name: [f"{name[0]}{row}" for row in range(7)] for name in ("smiles", "canonical", "standard")}
    fixed = {"id": ids, "row": list(range(7)), **texts, "key": texts["standard"]}
    fixed |= dict.fromkeys(("scaffold", "scaffold_chiral", "scaffold_standard"), [""] * 7)
    marks = {"repeated": [False] * 7, "contradictory": [False] * 7}
    return pl.DataFrame(fixed | marks | labels)


def files(folder, rows, parts=PARTS):
    write_table(rows, folder / "rows.parquet")
    split = pl.DataFrame({"id": rows["id"], "part": parts}).drop_nulls().reverse()
    write_table(split, folder / "split.parquet")
    return folder / "rows.parquet", folder / "split.parquet"


def test_excluded_and_withheld_molecules_are_never_seen(tmp_path):
    labels = {"toxic": [True, True, False, True, None, False, True]}
    records = read(*files(tmp_path, table(**labels)), "standard")
    assert records.ids == ["00000", "00002", "00004", "00005"]
    assert records.kind == "classification"
    assert records.names == ("toxic",)
    np.testing.assert_array_equal(records.labels, [[1], [0], [np.nan], [0]])
    assert records.rows_of("train").tolist() == [0, 3]
    assert records.predicted.tolist() == [2, 1]  # valid before test
    center, scale = records.scaling()
    assert (center, scale) == (0, 1)


@pytest.mark.parametrize("text", ["standard", "canonical", "smiles"])
def test_the_text_is_chosen(tmp_path, text):
    records = read(*files(tmp_path, table(gap=[1.0] * 7)), text)
    assert records.texts == [f"{text[0]}{row}" for row in (0, 2, 4, 5)]


def test_numbers_are_scaled_by_the_training_labels_alone(tmp_path):
    rows = table(gap=[1.0, 50, 60, 70, 80, 3, 90], flat=[2.0] * 7, rare=[None, 1.0, 1, 1, 1, None, 1])
    records = read(*files(tmp_path, rows), "standard")
    assert records.kind == "regression"
    center, scale = records.scaling()
    np.testing.assert_allclose(center, [2, 2, 0])
    np.testing.assert_allclose(scale, [1, 1, 1])


@pytest.mark.parametrize(
    ("labels", "text", "parts", "said"),
    [
        ({"a": [True] * 7, "b": [1.0] * 7}, "standard", PARTS, "2 kinds"),
        ({}, "standard", PARTS, "0 kinds"),
        ({"a": [True] * 7}, "inchi", PARTS, "'inchi'"),
        ({"a": [True] * 7}, "standard", ["test"] * 7, "is in train"),
    ],
)
def test_what_cannot_be_learned_is_named(tmp_path, labels, text, parts, said):
    with pytest.raises(ValueError, match=said) as error:
        read(*files(tmp_path, table(**labels), parts), text)
    assert "Hint:" in str(error.value)


def some_records(count=4):
    parts = ["train", "test", "valid", "test"]
    names = pl.DataFrame({"id": list("abcd"), "part": parts, "standard": list("abcd")})
    return Records(names[:count], np.zeros((count, 2)), ("one", "two"), "regression")


def test_predictions_have_one_row_for_each_molecule_and_label():
    values = np.array([[1.0, 2], [3, 4], [5, 6]])  # c; b, d
    made = predictions(some_records(), values, "probe", embeddings=np.eye(3))
    assert dict(made.schema) == PREDICTIONS_SCHEMA == dict(NOTHING.schema)
    found = {(one["id"], one["label"]): one["value"] for one in made.iter_rows(named=True)}
    expected = {("c", "one"): 1, ("b", "one"): 3, ("d", "one"): 5}
    assert found == expected | {("c", "two"): 2, ("b", "two"): 4, ("d", "two"): 6}
    kept = made.filter(pl.col("embedding").is_not_null())
    assert kept.select("id", "label").rows() == [("b", "one"), ("d", "one")]
    assert kept["embedding"].to_list() == [[0, 1, 0], [0, 0, 1]]
    assert predictions(some_records(), values)["embedding"].null_count() == 6


@pytest.mark.parametrize("values", [np.full((3, 2), np.nan), np.zeros((4, 2))])
def test_predictions_are_finite_and_of_all(values):
    with pytest.raises(ValueError, match="Hint"):
        predictions(some_records(), values)


def test_molecules_of_equal_size_go_together():
    texts = ["C" * size for size in (5, 1, 4, 2, 3)]
    found = list(by_size(texts, np.array([0, 1, 3, 4]), 2))
    assert [some.tolist() for some in found] == [[1, 2], [3, 0]]
