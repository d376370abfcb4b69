"""Rings that molecules share, by hand; and that neither the order of atoms nor a second ring moves anything."""

import numpy as np
from rdkit import Chem

from retort.chemistry.shared_ring import NAMES, aligned, positions

ISOXAZOLES = ["Cc1ccon1", "Cc1ccno1", "c1ccc2conc2c1", "CCOC(=O)c1conc1", "c1ccc(-c2cc(OC)no2)cc1"]


def mols(smiles):
    return [Chem.MolFromSmiles(one) for one in smiles]


def borne(smiles):
    """What O1, N2, C3, C4 and C5 bear, whichever way the ring is read."""
    chosen = mols(smiles)
    found = []
    for mol, ring in zip(chosen, aligned(chosen), strict=True):
        elements = [mol.GetAtomWithIdx(atom).GetSymbol() for atom in ring]
        assert elements in (["O", "N", "C", "C", "C"], ["O", "C", "C", "C", "N"])
        order = [0, 1, 2, 3, 4] if elements[1] == "N" else [0, 4, 3, 2, 1]
        found.append(positions(mol, ring)[order])
    return found


def named(row):
    return {name for name, value in zip(NAMES, row, strict=True) if value}


def test_isoxazoles_position_by_position():
    three_methyl, five_methyl, anthranil, ester, biaryl = borne(ISOXAZOLES)
    assert [named(row) for row in three_methyl] == [set(), set(), {"alkyl"}, {"free"}, {"free"}]
    assert [named(row) for row in five_methyl] == [set(), set(), {"free"}, {"free"}, {"alkyl"}]
    assert [named(row) for row in anthranil] == [set(), set(), {"fused"}, {"fused"}, {"free"}]
    assert [named(row) for row in ester] == [set(), set(), {"free"}, {"carbonyl"}, {"free"}]
    assert [named(row) for row in biaryl] == [set(), set(), {"heteroatom"}, {"free"}, {"aryl"}]


def test_the_order_of_atoms_does_not_matter():
    draw = np.random.default_rng(0)
    plain = borne(ISOXAZOLES)
    turned = []
    for mol in mols(ISOXAZOLES):
        order = draw.permutation(mol.GetNumAtoms()).tolist()
        turned.append(Chem.RenumberAtoms(mol, order))
    rings = aligned(turned)
    first = aligned(mols(ISOXAZOLES))
    for mol, ring, other, own in zip(turned, rings, mols(ISOXAZOLES), first, strict=True):
        assert np.array_equal(positions(mol, ring), positions(other, own))
    assert len(plain) == len(turned)


def test_what_cannot_be_aligned():
    assert aligned(mols(["Clc1ccccc1", "Brc1ccccc1"])) is None  # benzene is its own image
    assert aligned(mols(["Cc1ccon1", "CCO"])) is None  # no ring in common
    assert aligned(mols(["Cc1ccon1", "c1cc(-c2ccon2)no1"])) is None  # which of the two?
    assert aligned(mols(["Clc1ccccn1", "Brc1cccnc1"])) is None  # pyridine, too, has a mirror
    assert aligned([]) is None
