"""The tables of crops and of attention: sets of atoms that are what they are called, and weights that sum to one."""

import numpy as np
import polars as pl
import pytest
import torch
from rdkit import Chem

from retort.chemistry.molecules import MoleculeError
from retort.sealed import write_tensors
from retort.studies.molecules import backbones, illustrations
from retort.studies.molecules.tables import ILLUSTRATIONS

IMATINIB = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"
SETTINGS = {
    "backbone": "smiles",
    "smiles": {"width": 16, "layers": 2, "heads": 2, "longest": 80, "dropout": 0.1, "randomised": True},
}


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


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run's folder, and the backbone whose weights are in it."""
    folder = tmp_path_factory.mktemp("run")
    torch.manual_seed(0)
    backbone = backbones.make(SETTINGS)
    weights = {f"backbone.{name}": value.contiguous() for name, value in backbone.state_dict().items()}
    write_tensors(weights | {"head.weight": torch.zeros(2, 2)}, folder / "model.safetensors")
    return folder, backbone.eval()


def test_attention_is_a_distribution_over_tokens(run):
    table = illustrations.attention(run[0], SETTINGS, "CC(=O)[O-]")
    assert table.schema == pl.Schema(ILLUSTRATIONS["attention"])
    names = table.select("source", "token_source").unique().sort("source")["token_source"].to_list()
    assert names == ["<start>", "C", "C", "(", "=", "O", ")", "[O-]", "<end>"]
    assert table.height == 2 * 2 * len(names) ** 2
    sums = table.group_by("layer", "head", "source").agg(pl.col("value").sum())
    np.testing.assert_allclose(sums["value"], 1, atol=1e-4)
    # The saved weights are in use, and the rows are sources: by hand from the first layer's queries and keys.
    layer = run[1].roberta.encoder.layer[0].attention.self
    from retort.nn.tokens import smiles_batch

    with torch.no_grad():
        tokens, positions, _ = run[1]._inputs(smiles_batch(["CC(=O)[O-]"], 80))
        hidden = run[1].roberta.embeddings(tokens, positions)
        query, key = (
            part(hidden)[0].unflatten(-1, (2, 8)).transpose(0, 1) for part in (layer.query, layer.key)
        )
        by_hand = (query @ key.transpose(-1, -2) / 8**0.5).softmax(dim=-1)
    ours = table.filter(layer=0).sort("head", "source", "target")["value"].to_numpy().reshape(by_hand.shape)
    np.testing.assert_allclose(ours, by_hand.numpy(), atol=1e-5)


def test_what_cannot_be_drawn_is_refused(run):
    with pytest.raises(ValueError, match="no attention"):
        illustrations.attention(run[0], SETTINGS | {"backbone": "gin"}, "CCO")
    with pytest.raises(ValueError, match="at most 80"):
        illustrations.attention(run[0], SETTINGS, "C" * 79)
    with pytest.raises(ValueError, match="vocabulary"):
        illustrations.attention(run[0], SETTINGS, "[13CH3]O")
