"""Reactions from notebooks: a small table by hand, and the published files where they are at hand."""

import json

import pytest

from retort.datasets import az_eln as reader
from retort.datasets.errors import SchemaError

from .yield_files import folder

SETTINGS = {"file": "az_no_rdkit.csv", "splits": "train_test_idxs.json"}
PHOSPHINE = "CP(C)C"
ROWS = [
    f"50.5,C1COCCN1.Brc1ccccc1.{PHOSPHINE},C1COCCO1,C(=O)([O-])[O-].[Cs+].[Cs+],c1ccccc1N1CCOCC1,110",
    f"103,Clc1ccccn1.NC1CC1.{PHOSPHINE}.C1CCCC1.[Fe],CCO,CCN(CC)CC,C1CC1Nc1ccccn1,80",  # changed places
    f"0,Brc1ccccc1.NC1CC1.{reader.ACID}.{PHOSPHINE},CCO,CCN(CC)CC,C1CC1Nc1ccccc1,80",  # a salt
    f"n/a,NC.Brc1ccccc1.{PHOSPHINE},CCO,CCN(CC)CC,CNc1ccccc1,80",
    f"1,NC.Cc1ccccc1.{PHOSPHINE},CCO,CCN(CC)CC,CNc1ccccc1,80",
    f"2,NC.CC(=O)Cl.{PHOSPHINE},CCO,CCN(CC)CC,CNc1ccccc1,80",  # an acyl chloride is no aryl halide
]


@pytest.fixture
def small(tmp_path):
    head = "yield,reactant_smiles,solvent_smiles,base_smiles,product_smiles,temperature"
    (tmp_path / SETTINGS["file"]).write_text("\n".join([head, *ROWS]) + "\n")
    write(tmp_path, lambda draw: [draw % 6])
    return tmp_path


def write(folder, test):
    """Splits with these rows in test."""
    splits = {"train_idx": {}, "test_idx": {}}
    for draw in range(10):
        splits["test_idx"][str(draw + 1)] = test(draw)
        splits["train_idx"][str(draw + 1)] = [row for row in range(6) if row not in test(draw)]
    (folder / SETTINGS["splits"]).write_text(json.dumps(splits))


def test_reactions_by_hand(small):
    prepared = reader.read(small, SETTINGS)
    rows = prepared.rows
    assert rows["id"].to_list() == ["eln-0000", "eln-0001", "eln-0002"]
    assert rows["yield"].to_list() == [50.5, 103, 0]
    assert rows["halide"].to_list() == ["Brc1ccccc1", "Clc1ccccn1", "Brc1ccccc1"]
    assert rows["amine"].to_list() == ["C1COCCN1", "NC1CC1", "NC1CC1.O=C(O)C(F)(F)F"]
    assert rows["ligand"].to_list() == ["CP(C)C", "C1CCCC1.CP(C)C.[Fe]", "CP(C)C"]
    assert rows["roles"][0].to_list() == ["halide", "amine", "ligand", "base", "solvent"]
    assert rows["random_1"].to_list() == ["train", "test", "train"]
    assert prepared.rejects["row"].to_list() == [3, 4, 5]
    assert prepared.rejects["reason"][0] == "yield is 'n/a', expected a number"
    assert "no molecule with a halogen" in prepared.rejects["reason"][2]


def test_splits_of_other_rows_are_refused(small):
    write(small, lambda draw: [draw] if draw != 4 else [6])
    with pytest.raises(SchemaError, match="split 5 has 6 and 1 rows, expected each of 6 once"):
        reader.read(small, SETTINGS)
    (small / SETTINGS["splits"]).write_text("{}")
    with pytest.raises(SchemaError, match="holds no splits"):
        reader.read(small, SETTINGS)


def test_the_published_files():
    prepared = reader.read(folder("az_eln"), SETTINGS)
    rows = prepared.rows
    assert (len(rows), len(prepared.rejects)) == (750, 0)
    assert rows["repeated"].sum() == 199
    assert rows["yield"].max() == 102.97
    assert [(rows[f"random_{draw}"] == "test").sum() for draw in range(10)] == [225] * 10
    assert rows["ligand"].str.contains("P").all()
    assert rows["halide"].str.contains("Br|Cl|I|OS").all()
    assert rows["amine"].str.contains("(?i)n").all()
