"""Molecules as they are given: rows stay in order, and what is wrong with one is known."""

import io
import sys

import pytest

from retort.asking import AskError
from retort.studies.molecules import given

from .finished_runs import keep


def test_a_smiles_file_keeps_its_lines(tmp_path):
    file = tmp_path / "some.smi"
    file.write_text("CCO ethanol\n\n  C\tmethane\nC1CC\n\n\n")
    assert given.rows_of_file(str(file), None) == ["CCO", "", "C", "C1CC"]


def test_a_table_is_read_by_its_column(tmp_path, monkeypatch):
    file = tmp_path / "some.csv"
    file.write_text('name,smiles,drug\n"a, b",CCO,C\nempty,,N\nshort\n')
    assert given.rows_of_file(str(file), None) == ["CCO", "", ""]
    assert given.rows_of_file(str(file), "drug") == ["C", "N", ""]
    monkeypatch.setattr(sys, "stdin", io.StringIO(file.read_text()))
    assert given.rows_of_file("-", "drug") == ["C", "N", ""]
    with pytest.raises(AskError, match=r"no column 'drugs', but name, smiles, drug\. Hint"):
        given.rows_of_file(str(file), "drugs")


def test_a_table_of_a_spreadsheet_is_read_or_refused(tmp_path):
    file = tmp_path / "some.csv"
    file.write_text("\ufeffsmiles,note,note\nCCO,1,2\n", encoding="utf-8")
    assert given.rows_of_file(str(file)) == ["CCO"]
    file.write_text("name,SMILES\na,CCO\n")
    assert given.rows_of_file(str(file)) == ["a"]  # without the column, the first
    for text, words in (
        ("id,smiles\n1,CCO\nb,1,CCN\n", "some.csv: row 3, as a spreadsheet counts, has 3 cells"),
        ("smiles,smiles\nCCO,C\n", "two columns are called 'smiles'"),
    ):
        file.write_text(text)
        with pytest.raises(AskError, match=words):
            given.rows_of_file(str(file))


def test_bad_molecules_keep_their_row_and_say_why():
    molecules = given.read(["CCO", "C1CC", "", "[Na+].OC(=O)C", "c1ccccc1[N+](=O)[O-]"])
    assert [molecule.row for molecule in molecules] == [1, 2, 3, 4, 5]
    assert [bool(molecule.error) for molecule in molecules] == [False, True, True, False, False]
    assert "Na" not in molecules[3].standard
    assert "Na" in molecules[3].canonical


@pytest.mark.parametrize(
    ("wanted", "other", "example"),
    [
        ("pretrain", "frozen", "zinc250k/corpus/dino/seed0"),
        ("finetune", "pretrain", "bbbp/strict/dino-tuned/seed0"),
    ],
)
def test_a_run_of_another_method_is_refused_with_an_example(tmp_path, wanted, other, example):
    folder = keep(tmp_path, "data/set/variant/seed0", other, {})
    with pytest.raises(AskError, match=rf"no run of this study with the method {wanted}.*{example}"):
        given.read_run(folder, (wanted,))
