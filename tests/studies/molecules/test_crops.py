"""Crops: connected, of the size that was asked for, and rings whole or not at all."""

from types import SimpleNamespace

import numpy as np
import pytest
from rdkit import Chem

from retort.chemistry.smiles_text import KINDS
from retort.studies.molecules.crops import CropMaker, settle_rings, walk

SMILES = [
    "CCOC(=O)c1ccc(N)cc1",
    "C1CCC2(CC1)OCCO2",
    "Cc1ccc2[nH]c(C(=O)NCc3ccccn3)cc2c1",
    "CC(C)CC(NC(=O)C)C(=O)O",
    "O=C1c2ccccc2C(=O)N1CCCN1CCN(c2ncccn2)CC1",
    "CO",
    "C",
]


def skeleton(smiles):
    mol = Chem.MolFromSmiles(smiles)
    return SimpleNamespace(
        size=mol.GetNumAtoms(),
        neighbours=[[other.GetIdx() for other in atom.GetNeighbors()] for atom in mol.GetAtoms()],
        rings=[list(ring) for ring in mol.GetRingInfo().AtomRings()],
    )


def connected(smiles, atoms):
    """By RDKit, which knows nothing of our walk: the bonds between the atoms make one fragment."""
    mol = Chem.RWMol(Chem.MolFromSmiles(smiles))
    for atom in sorted(set(range(mol.GetNumAtoms())) - set(atoms.tolist()), reverse=True):
        mol.RemoveAtom(atom)
    return len(Chem.GetMolFrags(mol)) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("smiles", SMILES)
def test_crops_are_sorted_large_enough_and_drawn_from_the_generator_alone(kind, smiles):
    maker, molecule = CropMaker(kind, 2, 3), skeleton(smiles)
    for seed in range(10):
        crops = maker.draw(molecule, np.random.default_rng(seed))
        again = maker.draw(molecule, np.random.default_rng(seed))
        assert len(crops) == 5
        assert all(np.array_equal(one, other) for one, other in zip(crops, again, strict=True))
        for crop in crops:
            assert np.array_equal(crop, np.unique(crop))
            assert min(3, molecule.size) <= len(crop) <= molecule.size
            assert crop[0] >= 0
            assert crop[-1] < molecule.size


@pytest.mark.parametrize("kind", ["rings", "connected"])
@pytest.mark.parametrize("smiles", SMILES)
def test_crops_along_bonds_are_connected(kind, smiles):
    maker, molecule, rng = CropMaker(kind, 2, 2, least=4), skeleton(smiles), np.random.default_rng(0)
    for _ in range(20):
        assert all(connected(smiles, crop) for crop in maker.draw(molecule, rng))


@pytest.mark.parametrize("kind", ["connected", "window"])
def test_sizes_are_the_shares_that_were_asked_for(kind):
    smiles = SMILES[4]
    molecule, rng = skeleton(smiles), np.random.default_rng(0)
    maker = CropMaker(kind, 1, 1, global_share=(0.5, 1.0), local_share=(0.2, 0.4))
    shares = np.array([[len(c) / molecule.size for c in maker.draw(molecule, rng)] for _ in range(300)])
    half = 0.5 / molecule.size  # rounding
    assert (shares[:, 0] >= 0.5 - half).all()
    assert ((shares[:, 1] >= 0.2 - half) & (shares[:, 1] <= 0.4 + half)).all()
    assert shares.mean(axis=0) == pytest.approx([0.75, 0.3], abs=0.04)


def test_a_window_is_a_run_of_atom_numbers():
    maker, molecule, rng = CropMaker("window"), skeleton(SMILES[4]), np.random.default_rng(0)
    starts = set()
    for _ in range(200):
        for crop in maker.draw(molecule, rng):
            assert np.array_equal(crop, np.arange(crop[0], crop[0] + len(crop)))
            starts.add(int(crop[0]))
    assert min(starts) == 0
    assert len(starts) > molecule.size / 2


def test_a_walk_meets_near_atoms_first():
    chain = [[1], [0, 2], [1, 3], [2, 4], [3]]
    assert walk(chain, 2, 3, [0.0] * 5) == {1, 2, 3}
    assert walk(chain, 0, 3, [0.0] * 5) == {0, 1, 2}
    star = [[1, 2, 3], [0], [0], [0]]
    assert walk(star, 0, 2, [0.5, 0.9, 0.1, 0.5]) == {0, 2}


def test_rings_are_completed_when_most_of_them_is_in_and_left_out_otherwise():
    molecule = skeleton("CCCCc1ccccc1")  # atoms 0 to 3 are the chain, 4 to 9 the ring
    rings = molecule.rings
    assert settle_rings({2, 3, 4, 5, 6, 9}, rings, molecule.neighbours, 3) == {2, 3, 4, 5, 6, 7, 8, 9}
    assert settle_rings({1, 2, 3, 4, 5, 9}, rings, molecule.neighbours, 3) == {1, 2, 3}
    assert settle_rings({3, 4, 5}, rings, molecule.neighbours, 3) == {3, 4, 5, 6, 7, 8, 9}, (
        "1 atom is no crop"
    )
    assert settle_rings({1, 2, 3}, rings, molecule.neighbours, 3) == {1, 2, 3}


def test_of_what_a_ring_held_together_the_largest_piece_stays():
    molecule = skeleton("CCCCC1CCCCC1CC")  # 0-3 chain, 4-9 ring, 10-11 the other chain
    rings = molecule.rings
    assert settle_rings({1, 2, 3, 4, 9, 10, 11}, rings, molecule.neighbours, 3) == {1, 2, 3}


def test_no_ring_is_cut_but_where_it_shares_atoms_with_a_whole_one():
    rng, maker = np.random.default_rng(1), CropMaker("rings", 2, 2)
    for smiles in SMILES:
        molecule = skeleton(smiles)
        rings = [set(ring) for ring in molecule.rings]
        for _ in range(30):
            for crop in maker.draw(molecule, rng):
                atoms = set(crop.tolist())
                whole = set().union(*(ring for ring in rings if ring <= atoms))
                assert all(ring & atoms <= whole for ring in rings)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kind": "fragments"}, "fragments"),
        ({"globals_": 0}, "globals_"),
        ({"local_share": (0.5, 0.2)}, "local_share"),
        ({"global_share": (0.5, 1.2)}, "global_share"),
    ],
)
def test_impossible_crops_are_refused(changes, named):
    with pytest.raises(ValueError, match=f"{named}.*Hint"):
        CropMaker(**{"kind": "rings"} | changes)


def test_a_molecule_without_atoms_is_refused():
    with pytest.raises(ValueError, match="without atoms"):
        CropMaker("rings").draw(SimpleNamespace(size=0, neighbours=[], rings=[]), np.random.default_rng(0))
