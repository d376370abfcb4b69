"""Structures as vector graphics: as many lines as bonds need, letters as chemists write them, colours behind."""

import re

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle
from rdkit import Chem

from retort.report import structures, style

IMATINIB = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"


def drawn(smiles, **given):
    fig, ax = style.figure(width=2, height=1.5)
    structures.draw(ax, smiles, **given)
    halos, bonds = [part for part in ax.collections if isinstance(part, LineCollection)]
    style.plt.close(fig)
    return ax, bonds, halos


@pytest.mark.parametrize("smiles", ["CCO", "C#N", "c1ccccc1", "CC(=O)[O-]", IMATINIB, "C[C@H](N)C(=O)O", "C"])
def test_lines_and_letters_by_rdkit(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    Chem.Kekulize(molecule, clearAromaticFlags=True)
    ax, bonds, _ = drawn(smiles)
    wanted = sum(int(bond.GetBondTypeAsDouble()) for bond in molecule.GetBonds())
    assert len(bonds.get_segments()) == wanted
    hetero = [atom.GetSymbol() for atom in molecule.GetAtoms() if atom.GetSymbol() != "C"] or (
        ["C"] if molecule.GetNumAtoms() == 1 else []
    )
    assert [re.match(r"[A-Z][a-z]?(?=$|H|\$)", text.get_text())[0] for text in ax.texts] == hetero


def test_letters_of_hydrogens_and_charges():
    ax, *_ = drawn("C[NH3+]")
    assert [text.get_text() for text in ax.texts] == ["NH$_{3}$$^{+}$"]
    ax, *_ = drawn("OCl")
    assert [text.get_text() for text in ax.texts] == ["OH", "Cl"]
    ax, *_ = drawn("[Ca+2]")
    assert [text.get_text() for text in ax.texts] == ["Ca$^{2+}$"]


def test_lines_of_a_bond_by_hand():
    start, end = np.array([0.0, 0.0]), np.array([3.0, 0.0])
    (single,) = structures.bond_lines(start, end, 1, None, (0.5, 0.0))
    np.testing.assert_allclose(single, [[0.5, 0], [3, 0]])
    up, down = structures.bond_lines(start, end, 2, None, (0, 0))
    np.testing.assert_allclose(up[:, 1] - down[:, 1], structures.APART)
    # Within a ring the second line lies towards its centre, and is shorter.
    outer, inner = structures.bond_lines(start, end, 2, (1.5, -2.0), (0, 0))
    np.testing.assert_allclose(outer, [[0, 0], [3, 0]])
    np.testing.assert_allclose(
        inner, [[structures.INSET, -structures.APART], [3 - structures.INSET, -structures.APART]]
    )
    assert len(structures.bond_lines(start, end, 3, None, (0, 0))) == 3


def test_colours_stand_behind_atoms_and_the_bonds_between_them():
    shades = {0: style.BLUE, 1: style.BLUE, 2: style.ORANGE}
    ax, _, halos = drawn("CCCO", atoms=shades)
    assert len([patch for patch in ax.patches if isinstance(patch, Circle)]) == 3
    assert len(halos.get_segments()) == 1  # of the two of one colour
    _, _, halos = drawn("CCCO", atoms=shades, bonds=False)
    assert not halos.get_segments()


def test_everything_is_inside_and_repeats():
    ax, bonds, _ = drawn(IMATINIB)
    points = np.concatenate(bonds.get_segments())
    for axis, (low, high) in enumerate((ax.get_xlim(), ax.get_ylim())):
        assert low < points[:, axis].min()
        assert points[:, axis].max() < high
    again = drawn(IMATINIB)[1].get_segments()
    np.testing.assert_array_equal(np.concatenate(again), points)


def test_what_cannot_be_drawn_is_named():
    with pytest.raises(ValueError, match=r"C1CC.*Hint"):
        drawn("C1CC")
    with pytest.raises(ValueError, match="number 3"):
        drawn("CCO", atoms={3: style.BLUE})
