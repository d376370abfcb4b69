"""The table of crops: sets of atoms that are what they are called."""

import polars as pl
import pytest
from rdkit import Chem

from retort.chemistry.molecules import MoleculeError
from retort.studies.molecules import illustrations
from retort.studies.molecules.tables import ILLUSTRATIONS

IMATINIB = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"


@pytest.fixture(scope="module")
def crops():
    return illustrations.crops(IMATINIB, ["rings", "connected", "window"], 0)


def test_four_crops_of_each_kind(crops):
    assert crops.schema == pl.Schema(ILLUSTRATIONS["crops"])
    roles = [("global", 0), ("global", 1), ("local", 0), ("local", 1)]
    for kind in ("rings", "connected", "window"):
        assert list(crops.filter(kind=kind).select("role", "number").iter_rows()) == roles
    heavy = Chem.MolFromSmiles(IMATINIB).GetNumAtoms()
    for row in crops.to_dicts():
        assert row["atoms"] == sorted(set(row["atoms"]))
        assert set(row["atoms"]) <= set(range(heavy))


def test_kinds_are_what_they_are_called(crops):
    """By RDKit, not by our own walk: pieces hold together, rings are whole or absent, windows are consecutive."""
    molecule = Chem.MolFromSmiles(IMATINIB)
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in molecule.GetBonds()]
    for row in crops.to_dicts():
        chosen = set(row["atoms"])
        if row["kind"] == "window":
            assert row["atoms"] == list(range(row["atoms"][0], row["atoms"][-1] + 1))
            continue
        piece = Chem.RWMol(molecule)
        for first, second in bonds:
            if not {first, second} <= chosen:
                piece.RemoveBond(first, second)
        sizes = [len(set(part) & chosen) for part in Chem.GetMolFrags(piece)]
        assert sorted(sizes)[-1] == len(chosen)
        if row["kind"] == "rings":
            for ring in molecule.GetRingInfo().AtomRings():
                assert len(chosen & set(ring)) in (0, 1, len(ring))  # imatinib's rings are not fused
            assert Chem.MolFromSmiles(row["text"]).GetNumAtoms() == len(chosen)


def test_crops_repeat_and_follow_the_seed(crops):
    again = illustrations.crops(IMATINIB, ["rings", "connected", "window"], 0)
    assert again.equals(crops)
    assert not illustrations.crops(IMATINIB, ["rings"], 1).equals(crops.filter(kind="rings"))
    with pytest.raises(MoleculeError):
        illustrations.crops("C1CC", ["rings"], 0)
    with pytest.raises(ValueError, match="slices"):
        illustrations.crops("CCO", ["slices"], 0)
