"""Features for directed message passing, column by column."""

import numpy as np
import pytest
from rdkit import Chem

from retort.chemistry.directed_graphs import ATOM_WIDTH, BOND_WIDTH, directed_graph
from retort.chemistry.molecules import parse

# First columns of the groups of an atom, counted by hand: 37 elements and others, 6 degrees and others, ...
ELEMENT, DEGREE, CHARGE, CHIRALITY, HYDROGENS, HYBRIDIZATION, AROMATIC, MASS = 0, 38, 45, 51, 56, 62, 70, 71
SINGLE, DOUBLE, TRIPLE, AROMATIC_BOND, CONJUGATED, RING, STEREO = 1, 2, 3, 4, 5, 6, 7


def set_columns(row):
    """The columns of a row that are not zero, without the mass."""
    return set(np.flatnonzero(row[:MASS]).tolist())


def test_ethanol_by_hand():
    found = directed_graph(parse("CCO"))
    assert found.atoms.shape == (3, ATOM_WIDTH) == (3, 72)
    assert found.bonds.shape == (4, BOND_WIDTH) == (4, 14)
    common = {CHARGE + 4, CHIRALITY, HYBRIDIZATION + 4}  # no charge, not chiral, sp3
    assert set_columns(found.atoms[0]) == common | {ELEMENT + 5, DEGREE + 4, HYDROGENS + 3}
    assert set_columns(found.atoms[1]) == common | {ELEMENT + 5, DEGREE + 4, HYDROGENS + 2}
    assert set_columns(found.atoms[2]) == common | {ELEMENT + 7, DEGREE + 2, HYDROGENS + 1}
    np.testing.assert_allclose(found.atoms[:, MASS], [0.12011, 0.12011, 0.15999], rtol=1e-6)
    assert all(set_columns(row) == {SINGLE, STEREO} for row in found.bonds)
    assert found.ends.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert [array.dtype.name for array in found] == ["float32", "float32", "int64"]


@pytest.mark.parametrize(
    ("smiles", "atom", "columns"),
    [
        ("[Na+].[Cl-]", 0, {ELEMENT + 10, CHARGE + 2}),
        ("[Na+].[Cl-]", 1, {ELEMENT + 16, CHARGE + 0}),
        ("[O-2]", 0, {CHARGE + 1, DEGREE + 0}),
        ("[Ca+2]", 0, {CHARGE + 3}),
        ("[N-3]", 0, {CHARGE + 5}),  # another charge
        ("CI", 1, {ELEMENT + 36, DEGREE + 1}),
        ("C[Hg]C", 1, {ELEMENT + 37}),  # another element
        ("FS(F)(F)(F)(F)F", 1, {DEGREE + 6, HYBRIDIZATION + 6}),  # another degree; sp3d2
        ("C", 0, {HYDROGENS + 4}),
        ("[H][H]", 0, {ELEMENT + 0, HYBRIDIZATION + 0}),
        ("C#N", 0, {HYBRIDIZATION + 1}),
        ("C=O", 0, {HYBRIDIZATION + 2}),
        ("c1ccccc1", 0, {AROMATIC, HYBRIDIZATION + 2}),
        ("C[C@H](N)O", 1, {CHIRALITY + 2}),
        ("C[C@@H](N)O", 1, {CHIRALITY + 1}),
    ],
)
def test_categories_of_atoms(smiles, atom, columns):
    row = set_columns(directed_graph(parse(smiles)).atoms[atom])
    assert columns <= row
    assert len(row - {AROMATIC}) == 6  # one of each group


@pytest.mark.parametrize(
    ("smiles", "bond", "columns"),
    [
        ("C=C", 0, {DOUBLE, STEREO}),
        ("C#N", 0, {TRIPLE, STEREO}),
        ("c1ccccc1", 0, {AROMATIC_BOND, CONJUGATED, RING, STEREO}),
        ("C1CC1", 2, {SINGLE, RING, STEREO}),
        ("C=CC=C", 1, {SINGLE, CONJUGATED, STEREO}),
        ("C/C=C\\C", 1, {DOUBLE, STEREO + 2}),
        ("C/C=C/C", 1, {DOUBLE, STEREO + 3}),
        ("[NH3]->[Cu]", 0, {STEREO}),  # of no type that it knows
    ],
)
def test_categories_of_bonds(smiles, bond, columns):
    bonds = directed_graph(parse(smiles)).bonds
    assert set_columns(bonds[2 * bond]) == set_columns(bonds[2 * bond + 1]) == columns


def test_an_atom_without_bonds():
    found = directed_graph(parse("C"))
    assert [array.shape for array in found] == [(1, 72), (0, 14), (2, 0)]


def test_another_order_of_atoms_gives_the_same_rows():
    mol = parse("C[C@H](N)C(=O)Oc1ccc(Cl)cc1")
    order = np.random.default_rng(0).permutation(mol.GetNumAtoms())
    one = directed_graph(mol)
    other = directed_graph(Chem.RenumberAtoms(mol, order.tolist()))
    # Which way round a centre is written depends on the order; all else does not.
    kept = [*range(CHIRALITY), *range(HYDROGENS, ATOM_WIDTH)]
    np.testing.assert_array_equal(one.atoms[order][:, kept], other.atoms[:, kept])
    assert sorted(zip(*order[other.ends].tolist(), strict=True)) == sorted(
        zip(*one.ends.tolist(), strict=True)
    )
