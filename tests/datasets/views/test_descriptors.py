"""The view `descriptors`: one row for each molecule, whatever the number of workers."""

import numpy as np
import polars as pl
import pytest

from retort.chemistry.descriptors import NAMES, descriptors
from retort.chemistry.molecules import parse
from retort.datasets.views import descriptors as view
from retort.datasets.views import molecules

SMILES = ["CCO", "C", "c1ccc2ccccc2c1", "C[N+](C)(C)CC(=O)[O-]", "N[C@@H](C)C(=O)O"]


def rows(smiles):
    return pl.DataFrame({"id": [f"m{number}" for number in range(len(smiles))], "standard": smiles})


def test_rows_are_in_the_order_of_the_molecules(tmp_path):
    view.build(rows(SMILES), tmp_path)
    values = np.load(tmp_path / "descriptors.npy")
    assert values.shape == (len(SMILES), len(NAMES))
    for value, smiles in zip(values, SMILES, strict=True):
        np.testing.assert_array_equal(value, descriptors(parse(smiles)))
    assert pl.read_parquet(tmp_path / "molecules.parquet")["id"].to_list() == rows(SMILES)["id"].to_list()


def test_workers_and_chunks_change_nothing(tmp_path, monkeypatch):
    view.build(rows(SMILES * 3), tmp_path / "one", workers=1)
    monkeypatch.setattr(molecules, "CHUNK", 4)
    view.build(rows(SMILES * 3), tmp_path / "two", workers=2)
    one, two = (np.load(tmp_path / name / "descriptors.npy") for name in ("one", "two"))
    np.testing.assert_array_equal(one, two)


def test_what_is_no_molecule_is_named(tmp_path):
    with pytest.raises(ValueError, match="molecule 'm1'"):
        view.build(rows(["C", "C1CC"]), tmp_path)
