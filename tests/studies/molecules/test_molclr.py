"""MolCLR's augmentations: how much is lost, where, and that nothing else is."""

import networkx
import numpy as np
import polars as pl
import pytest

from retort.datasets.views import molecular_graphs
from retort.nn.molecular_graphs import Arrays, MoleculeStore
from retort.studies.molecules.molclr import lowest, two_views, view

SMILES = ["CCO", "C", "c1ccc2ccccc2c1", "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O", "C[N+](C)(C)CC(=O)[O-]"]
SHARES = {"atoms": 0.25, "bonds": 0.25}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> MoleculeStore:
    folder = tmp_path_factory.mktemp("view")
    rows = pl.DataFrame({"id": list(map(str, range(len(SMILES)))), "standard": SMILES})
    molecular_graphs.build(rows, folder)
    return MoleculeStore(folder)


@pytest.fixture(scope="module")
def whole(store) -> Arrays:
    return store.arrays(np.tile(np.arange(len(SMILES)), 20))


def per_molecule(flags: np.ndarray, whole: Arrays) -> list[int]:
    return [int(some.sum()) for some in np.split(flags, np.cumsum(whole.sizes)[:-1])]


def masked(found: Arrays) -> np.ndarray:
    return (found.atoms == [0, 0, 2, 0, 0]).all(axis=1)


def test_masking_takes_a_quarter_of_the_atoms_and_leaves_the_others(whole):
    found = view(whole, SHARES | {"kind": "mask"}, np.random.default_rng(0))
    hidden = masked(found)
    assert per_molecule(hidden, whole) == [max(1, size // 4) for size in whole.sizes]
    assert (found.atoms[~hidden] == whole.atoms[~hidden]).all()


def test_deletion_takes_a_quarter_of_the_bonds_and_invents_none(whole):
    found = view(whole, SHARES | {"kind": "mask"}, np.random.default_rng(0))
    owner = np.repeat(np.arange(len(whole.sizes)), whole.sizes)
    before = np.bincount(owner[whole.bonds[:, 0]], minlength=len(whole.sizes))
    after = np.bincount(owner[found.bonds[:, 0]], minlength=len(whole.sizes))
    assert (after == before - before // 4).all()
    known = {(*bond, *kind) for bond, kind in zip(whole.bonds.tolist(), whole.types.tolist(), strict=True)}
    assert {
        (*bond, *kind) for bond, kind in zip(found.bonds.tolist(), found.types.tolist(), strict=True)
    } <= known


def test_a_removed_region_hangs_together_and_loses_all_its_bonds(whole):
    found = view(whole, SHARES | {"kind": "subgraph"}, np.random.default_rng(0))
    hidden = masked(found)
    assert per_molecule(hidden, whole) == [max(1, size // 4) for size in whole.sizes]
    assert not hidden[found.bonds].any()
    assert len(found.bonds) == (~hidden[whole.bonds].any(axis=1)).sum()
    full = networkx.Graph(whole.bonds.tolist())
    full.add_nodes_from(range(len(whole.atoms)))
    parts = networkx.number_connected_components(full.subgraph(np.flatnonzero(hidden).tolist()))
    assert parts == len(whole.sizes)  # one region in each molecule


def test_every_atom_is_hidden_now_and_then(store):
    rng = np.random.default_rng(0)
    many = store.arrays(np.full(500, 3))
    for kind in ("mask", "subgraph"):
        often = masked(view(many, SHARES | {"kind": kind}, rng)).reshape(500, -1).mean(axis=0)
        assert often.min() > 0.05, kind
    assert abs(masked(view(many, SHARES | {"kind": "mask"}, rng)).mean() - 3 / 15) < 1e-9


def test_two_views_differ_and_the_generator_decides(store):
    rows = np.arange(len(SMILES))
    for kind in ("mask", "subgraph", "mix"):
        settings = SHARES | {"kind": kind}
        first, second = two_views(store, rows, settings, np.random.default_rng(3))
        again, _ = two_views(store, rows, settings, np.random.default_rng(3))
        assert first.atoms.equal(again.atoms)
        assert first.neighbours.equal(again.neighbours)
        assert not first.atoms.equal(second.atoms)
        assert first.count == second.count == len(SMILES)


def test_the_store_is_not_written_to(store):
    rows = np.arange(len(SMILES))
    before = store.arrays(rows).atoms.copy()
    two_views(store, rows, SHARES | {"kind": "mask"}, np.random.default_rng(0))
    assert (store.arrays(rows).atoms == before).all()


def test_lowest_counts_within_each_molecule():
    owner = np.array([0, 0, 0, 0, 1, 1])
    values = np.array([0.9, 0.1, 0.5, 0.2, 0.7, 0.3])
    sizes = np.array([4, 2])
    assert lowest(values, owner, sizes, 0.5).tolist() == [False, True, False, True, False, True]
    assert lowest(values, owner, sizes, 0.0, least=0).sum() == 0
