"""Molecules as they are given: rows stay in order, and what is wrong with one is known."""

import io
import sys

import pytest

from retort.asking import AskError, rows_of_file
from retort.studies.molecules import given

from .finished_runs import keep


def rows(file, column=None):
    return [one.text for one in rows_of_file(str(file), column, given.MOLECULE)]


def test_a_smiles_file_keeps_its_lines(tmp_path):
    file = tmp_path / "some.smi"
    file.write_text("CCO ethanol\n\n  C\tmethane\nC1CC\n\n\n")
    assert rows(file) == ["CCO", "", "C", "C1CC"]


def test_a_table_is_read_by_its_column(tmp_path, monkeypatch):
    file = tmp_path / "some.csv"
    file.write_text('name,SMILES,drug\n"a, b",CCO,C\nempty,,N\nshort\n')
    assert rows(file) == ["CCO", "", ""]
    assert rows(file, "drug") == ["C", "N", ""]
    monkeypatch.setattr(sys, "stdin", io.StringIO(file.read_text()))
    assert rows("-", "drug") == ["C", "N", ""]
    with pytest.raises(AskError, match=r"no column 'drugs', but name, SMILES, drug\. Hint"):
        rows(file, "drugs")
    file.write_text("name,drug\na,CCO\n")
    with pytest.raises(AskError, match=r"no column 'smiles', but name, drug\. Hint"):
        rows(file)


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
