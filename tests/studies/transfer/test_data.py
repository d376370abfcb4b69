"""What trains, what a teacher may say, and of what."""

import numpy as np
import polars as pl
import pytest

from retort.datasets.views import formulas as view
from retort.sealed import write_table
from retort.studies.transfer.data import (
    Compositions,
    Lessons,
    Records,
    element_vectors,
    encode,
    lessons,
    predictions,
    read,
)

ROWS = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d", "e"],
        "formula": ["NaCl", "NaCl", "MgO", "Al2O3", "KCl"],
        "composition": [
            "Cl0.5000 Na0.5000",
            "Cl0.5000 Na0.5000",
            "Mg0.5000 O0.5000",
            "Al0.4000 O0.6000",
            "Cl0.5000 K0.5000",
        ],
        "energy": [-2.0, -1.0, -3.0, -3.5, -2.2],
    }
)
PARTS = pl.DataFrame({"id": list("abcde"), "part": ["train", "train", "valid", "unlabelled", "test"]})


@pytest.fixture
def files(tmp_path):
    write_table(ROWS, tmp_path / "rows.parquet")
    write_table(PARTS, tmp_path / "parts.parquet")
    view.build(ROWS, tmp_path / "formulas")
    return tmp_path / "rows.parquet", tmp_path / "parts.parquet", tmp_path / "formulas"


def test_polymorphs_train_as_one_and_are_tested_one_by_one(files):
    records = read(*files, "energy")
    known = records.averaged()
    assert known["value"].to_list() == [-1.5]
    assert records.formulas.names[known["row"][0]] == "Cl0.5000 Na0.5000"
    assert len(records.of("train")) == 2


def test_a_label_that_is_withheld_is_not_in_train(files):
    records = read(*files, "energy")
    assert "d" not in records.of("train")["id"].to_list()


def test_an_unknown_target_and_a_missing_label_are_named(files):
    with pytest.raises(KeyError, match=r"no column 'colour'; it has id, formula"):
        read(*files, "colour")
    write_table(ROWS.with_columns(energy=pl.Series([-2.0, None, -3.0, -3.5, -2.2])), files[0])
    with pytest.raises(ValueError, match="1 records have no energy, the first is b"):
        read(*files, "energy")


def test_encoded_keys_are_the_compositions_of_the_view(files):
    records = read(*files, "energy")
    numbers, fractions = encode(records.formulas.names)
    assert np.array_equal(numbers, records.formulas.numbers)
    np.testing.assert_allclose(fractions, records.formulas.fractions, atol=1e-4)


TOLD = pl.DataFrame(
    {
        "id": list("abcdef"),
        "part": ["train", "train", "unlabelled", "valid", "test", "test"],
        "composition": ["X", "X", "Y", "Z", "X", "W"],
        "prediction": [1.0, 3.0, 6.0, 100.0, 100.0, 100.0],
        "embedding": [[0.0, 1.0], [2.0, 1.0], [5.0, 1.0], [9.0, 9.0], [9.0, 9.0], [9.0, 9.0]],
    },
    schema_overrides={"embedding": pl.List(pl.Float32)},
)


def test_a_teacher_speaks_of_its_training_compositions_only_and_in_the_mean(tmp_path):
    write_table(TOLD, tmp_path / "predictions.parquet")
    lent = lessons(tmp_path, "embedding")
    assert lent.names == ["X", "Y"]  # neither valid nor test, though the file has them
    # X is the mean of two polymorphs, 1; Y is 5: standardised -1 and 1. The second column says nothing and stays flat.
    np.testing.assert_allclose(lent.values, [[-1, 0], [1, 0]], atol=1e-6)
    np.testing.assert_allclose(lessons(tmp_path, "scalar").values, [[-1], [1]], atol=1e-6)


def test_lessons_without_some_compositions_keep_their_scale():
    lent = Lessons(["A", "B", "C"], np.array([[1.0], [2.0], [4.0]], np.float32))
    fewer = lent.without(["B", "Q"])
    assert fewer.names == ["A", "C"]
    assert fewer.values.tolist() == [[1.0], [4.0]]
    catalogue = Compositions(
        ["B", "C"], np.ones((2, 1), np.uint8), np.ones((2, 1), np.float32), np.zeros((2, 1))
    )
    assert fewer.rows(catalogue).tolist() == [-1, 1]


def test_permuted_lessons_are_the_same_ones_of_other_compositions():
    lent = Lessons([f"A{i}" for i in range(50)], np.arange(100, dtype=np.float32).reshape(50, 2))
    mixed = lent.permuted(0)
    assert mixed.names == lent.names
    assert not np.array_equal(mixed.values, lent.values)
    assert sorted(map(tuple, mixed.values)) == sorted(map(tuple, lent.values))
    assert np.array_equal(mixed.values, lent.permuted(0).values)
    assert not np.array_equal(mixed.values, lent.permuted(1).values)


def test_who_has_few_labels_chooses_on_few_validation_records():
    def records(labelled):
        parts = ["train"] * labelled + ["unlabelled"] * 5 + ["valid"] * 40
        names = [f"r{i}" for i in range(len(parts))]
        return Records(pl.DataFrame({"id": names, "part": parts}), None, "energy")

    few = records(7)
    assert len(few.held(0)) == 7
    assert set(few.held(0)["part"]) == {"valid"}
    assert few.held(0).equals(few.held(0))
    assert not few.held(0).equals(few.held(1))
    assert few.held(0)["id"].is_in(few.of("valid")["id"].to_list()).all()
    many = records(41)
    assert many.held(0).equals(many.of("valid"))


def test_what_step_one_is_validated_on_depends_on_the_name_alone():
    lent = Lessons([f"A{i}" for i in range(2000)], np.zeros((2000, 1), np.float32))
    held = lent.held_out(0.05)
    assert 60 < held.sum() < 140
    assert np.array_equal(lent.without(["A0"]).held_out(0.05), held[1:])


@pytest.mark.parametrize("count", [2, 3, 5, 40])
def test_step_one_is_validated_on_something_however_little_there_is(count):
    drawn = [f"B{i}" for i in range(2000)]
    held = Lessons(drawn, np.zeros((2000, 1), np.float32)).held_out(0.05)
    all_of_them = [name for name, kept in zip(drawn, held, strict=True) if kept][:count]
    none_of_them = [name for name, kept in zip(drawn, held, strict=True) if not kept][:count]
    for names, wanted in ((none_of_them, 1), (all_of_them, count - 1)):
        few = Lessons(names, np.zeros((count, 1), np.float32))
        assert few.held_out(0.05).sum() == wanted


def test_magpie_vectors_are_standardised_and_know_no_element_zero():
    vectors = element_vectors("magpie", None)
    assert vectors.shape == (119, 22)
    assert not vectors[0].any()
    np.testing.assert_allclose(vectors[1:104].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(vectors[1:104].std(axis=0), 1, atol=1e-4)


def test_embeddings_are_written_where_they_are_asked_for(files):
    records = read(*files, "energy").of("valid", "test")
    table = predictions(
        records, "energy", np.array([1.0, 2.0]), None, np.ones((2, 3)), np.array([False, True])
    )
    assert table["embedding"].to_list() == [None, [1.0, 1.0, 1.0]]
    assert table["sigma"].null_count() == 2
