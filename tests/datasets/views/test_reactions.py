"""The views of reactions: small tables by hand, and reactions rebuilt from the arrays."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from retort.chemistry.component_graphs import component_graph
from retort.chemistry.descriptors import descriptors
from retort.chemistry.molecules import ecfp, parse
from retort.datasets.errors import SchemaError
from retort.datasets.reaction_yields import ROLES, Record, table
from retort.datasets.views import component_descriptors, reaction_fingerprints, reaction_graphs

VIEWS = (component_descriptors, reaction_fingerprints, reaction_graphs)


@pytest.fixture
def rows():
    """Two reactions; the second has two solvents and no ligand."""
    first = [("halide", "Brc1ccccc1"), ("amine", "CN"), ("ligand", "CP(C)C"), ("solvent", "C1CCOC1")]
    second = [("halide", "Clc1ccccn1"), ("amine", "CN"), ("solvent", "O"), ("solvent", "C1CCOC1")]
    records = [
        Record("f.csv", 0, 10.0, first, ["CNc1ccccc1"]),
        Record("f.csv", 1, 20.0, second, ["CNc1ccccn1"]),
    ]
    return table("x", records, {}).rows


def load(folder):
    return pl.read_parquet(folder / "molecules.parquet"), load_file(folder / "arrays.safetensors")


@pytest.mark.parametrize("view", VIEWS)
def test_molecules_are_distinct_and_reactions_in_order(view, rows, tmp_path):
    view.build(rows, tmp_path)
    molecules, _ = load(tmp_path)
    assert molecules.columns == ["smiles", "flat"]
    smiles = molecules["smiles"].to_list()
    assert smiles == sorted(set(smiles))
    assert set(smiles) == {one for each in (*rows["reactants"], *rows["products"]) for one in each}
    assert pl.read_parquet(tmp_path / "reactions.parquet").equals(rows.select("id"))


def test_a_reaction_can_be_read_back_from_the_graphs(rows, tmp_path):
    reaction_graphs.build(rows, tmp_path)
    molecules, arrays = load(tmp_path)
    for side in ("reactants", "products"):
        offsets = arrays[f"{side[:-1]}_offsets"]
        for row, (start, end) in enumerate(pairwise(offsets)):
            assert molecules["smiles"].gather(arrays[side][start:end]).to_list() == rows[side][row].to_list()
    assert [ROLES[role] for role in arrays["roles"]] == rows["roles"].explode().to_list()
    for place, smiles in enumerate(molecules["smiles"]):
        expected = component_graph(parse(smiles))
        atoms = slice(*arrays["atom_offsets"][place : place + 2])
        edges = slice(*arrays["edge_offsets"][place : place + 2])
        np.testing.assert_array_equal(arrays["atoms"][atoms], expected.atoms)
        np.testing.assert_array_equal(arrays["edges"][:, edges] - atoms.start, expected.ends)
        np.testing.assert_array_equal(arrays["bond_types"][arrays["edge_types"][edges]], expected.bonds)
    assert len(np.unique(arrays["bond_types"], axis=0)) == len(arrays["bond_types"])


def test_fingerprints_are_packed_and_counted(rows, tmp_path):
    reaction_fingerprints.build(rows, tmp_path)
    molecules, arrays = load(tmp_path)
    assert arrays["drfp"].shape == (2, 256)
    assert np.unpackbits(arrays["drfp"], axis=1).sum(axis=1).min() > 0
    assert arrays["ecfp"].shape == (len(molecules), 1024)
    bits = ecfp(molecules["smiles"].to_list(), radius=2, bits=1024)
    np.testing.assert_array_equal(arrays["ecfp"] > 0, bits > 0)
    assert arrays["ecfp"].max() > 1


def test_descriptors_stand_by_role(rows, tmp_path):
    component_descriptors.build(rows, tmp_path)
    molecules, arrays = load(tmp_path)
    slots = pl.read_parquet(tmp_path / "slots.parquet")
    assert slots["slot"].to_list() == ["halide", "amine", "ligand", "solvent", "solvent_2", "product"]
    assert slots["role"].to_list() == ["halide", "amine", "ligand", "solvent", "solvent", "product"]
    smiles = np.array([*molecules["smiles"], None])  # the last for -1
    assert smiles[arrays["components"]].tolist() == [
        ["Brc1ccccc1", "CN", "CP(C)C", "C1CCOC1", None, "CNc1ccccc1"],
        ["Clc1ccccn1", "CN", None, "O", "C1CCOC1", "CNc1ccccn1"],
    ]
    np.testing.assert_array_equal(arrays["descriptors"][0], descriptors(parse(molecules["smiles"][0])))


@pytest.mark.parametrize("view", VIEWS)
def test_other_tables_are_refused(view, rows, tmp_path):
    with pytest.raises(SchemaError, match="column 'roles' is None"):
        view.build(rows.drop("roles"), tmp_path)
