"""Batches of molecular graphs against the molecules that they come from."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
import torch
from rdkit import Chem

from retort.datasets.views import molecular_graphs
from retort.nn.folding import ranges
from retort.nn.molecular_graphs import Graphs, MoleculeStore

SMILES = ["CCO", "C", "c1ccc2ccccc2c1", "C[N+](C)(C)CC(=O)[O-]", r"F/C=C\F"]


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> MoleculeStore:
    folder = tmp_path_factory.mktemp("view")
    rows = pl.DataFrame({"id": [f"m{number}" for number in range(len(SMILES))], "standard": SMILES})
    molecular_graphs.build(rows, folder)
    return MoleculeStore(folder)


def bonds(graphs: Graphs) -> list[set[int]]:
    """The neighbours of each atom."""
    cuts = graphs.starts.tolist()
    return [set(graphs.neighbours[a:b].tolist()) for a, b in pairwise(cuts)]


def same(one: Graphs, other: Graphs) -> None:
    assert bonds(one) == bonds(other)
    for name in ("atoms", "kinds", "sizes", "starts"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name))


def test_rows_sizes_and_strings(store):
    assert store.standard == SMILES
    assert store.rows(["m3", "m0", "m3"]).tolist() == [3, 0, 3]
    assert store.sizes().tolist() == [Chem.MolFromSmiles(smiles).GetNumAtoms() for smiles in SMILES]
    with pytest.raises(KeyError):
        store.rows(["elsewhere"])


def test_a_batch_is_rdkits_molecules_end_to_end(store):
    order = [4, 1, 2, 2, 0, 3]
    graphs = store.batch(np.array(order))
    joined = Chem.MolFromSmiles(".".join(SMILES[row] for row in order))
    expected = [{other.GetIdx() for other in atom.GetNeighbors()} for atom in joined.GetAtoms()]
    assert bonds(graphs) == expected
    assert graphs.atoms[:, 0].tolist() == [atom.GetAtomicNum() for atom in joined.GetAtoms()]
    for atom, kinds in zip(joined.GetAtoms(), graphs.kinds.tolist(), strict=True):
        double = sum(bond.GetBondType() == Chem.BondType.DOUBLE for bond in atom.GetBonds())
        assert (kinds[1], sum(kinds[:5]), sum(kinds[5:])) == (double, atom.GetDegree(), atom.GetDegree())
    assert graphs.count == 6
    assert torch.bincount(graphs.molecule).tolist() == store.sizes()[order].tolist()


def test_a_subgraph_is_the_graph_of_the_cut_molecule(store, tmp_path):
    # The first ring of naphthalene without the second is a ring of six; ethanol without its first carbon is CO.
    ring = np.sort(store.skeleton(2).rings[0]).astype(np.int64)
    cut = store.subgraphs(np.array([2, 0, 2]), [ring, np.array([1, 2]), np.arange(10)])
    assert cut.sizes.tolist() == [6, 2, 10]
    assert [len(some) for some in bonds(cut)[:6]] == [2] * 6
    assert bonds(cut)[6:8] == [{7}, {6}]
    whole = store.batch(np.array([2]))
    torch.testing.assert_close(cut.atoms[8:], whole.atoms)
    assert bonds(cut)[8:] == [{8 + other for other in some} for some in bonds(whole)]


def test_subgraphs_of_all_atoms_are_the_molecules(store):
    rows = np.array([3, 2, 4])
    same(store.subgraphs(rows, [np.arange(n) for n in store.sizes()[rows]]), store.batch(rows))


def test_the_skeleton_has_neighbours_and_rings(store):
    found = store.skeleton(2)
    mol = Chem.MolFromSmiles(SMILES[2])
    assert found.size == 10
    assert [sorted(some) for some in found.neighbours] == [
        sorted(other.GetIdx() for other in atom.GetNeighbors()) for atom in mol.GetAtoms()
    ]
    assert [tuple(ring) for ring in found.rings] == list(mol.GetRingInfo().AtomRings())
    assert store.skeleton(1).neighbours == [[]]
    assert store.skeleton(0).rings == []


def test_ranges_between_offsets():
    found, counts = ranges(np.array([0, 2, 2, 5]), np.array([2, 1, 0, 2]))
    assert found.tolist() == [2, 3, 4, 0, 1, 2, 3, 4]
    assert counts.tolist() == [3, 0, 2, 3]
