"""Labels of several tables side by side: one row for each structure, and none that judges what was learned."""

import polars as pl
import pytest

from retort.datasets import molecule_labels
from retort.datasets.errors import SchemaError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.csv").write_text("smiles,toxic\nCCO,1\nOCC,1\nC,0\nCC,0\nC1CC,1\nCCN,1\nNCC,0\nCCCC,\n")
    (tmp_path / "two.csv").write_text("mol,logd\nCCO,0.5\nCCC,1.5\nC,2\n")
    (tmp_path / "judge.csv").write_text("smiles\nC\nbad\n")
    return tmp_path


SETTINGS = {
    "tables": {
        "one": {"file": "one.csv", "smiles": "smiles", "labels": {"toxic": "classification"}},
        "two": {"file": "two.csv", "smiles": "mol", "labels": {"logd": "regression"}},
    },
    "without": [{"file": "judge.csv", "smiles": "smiles"}],
}


def test_each_structure_has_a_row_with_all_that_is_known_of_it(folder):
    prepared = molecule_labels.read(folder, SETTINGS)
    rows = prepared.rows.select("id", "row", "smiles", "key", "one:toxic", "two:logd").rows()
    assert rows == [
        ("one-00000", 0, "CCO", "CCO", True, 0.5),
        ("one-00003", 3, "CC", "CC", False, None),
        ("two-00001", 1, "CCC", "CCC", None, 1.5),
    ]
    assert prepared.rows.schema["one:toxic"] == pl.Boolean
    assert prepared.rows.schema["two:logd"] == pl.Float64


def test_what_judges_and_what_cannot_be_read_is_rejected_with_its_reason(folder):
    rejects = molecule_labels.read(folder, SETTINGS).rejects
    reasons = {(file, row): reason for file, row, _, reason in rejects.iter_rows()}
    judging = "a structure of judge.csv, which judges what is learned here"
    assert reasons["one.csv", 2] == reasons["two.csv", 2] == judging
    assert "is no molecule" in reasons["one.csv", 4]
    assert reasons["one.csv", 7] == "no label was measured"


def test_labels_that_contradict_each_other_are_not_known(folder):
    """CCN is toxic in one row and not in another: it has no label left, and no row."""
    assert "CCN" not in molecule_labels.read(folder, SETTINGS).rows["key"].to_list()


def test_without_tables_there_is_nothing_to_read(tmp_path):
    with pytest.raises(SchemaError, match="no table"):
        molecule_labels.read(tmp_path, {})
