"""The ring that all molecules of a set share, and what each of them bears at each of its atoms.

Where molecules of one role have a ring in common (the isoxazoles of the Buchwald-Hartwig plates) their substituents can
be compared position by position, which fingerprints and whole-molecule numbers cannot: whether C3 is free decides if a
base opens the ring. Ahneman et al. (Science 360, 186, 2018) computed charges and shifts of such shared atoms.
"""

from collections.abc import Sequence

import numpy as np
from rdkit import Chem

Kind = tuple[int, bool]  # atomic number, whether it is aromatic
# Of a ring atom: hydrogen, and what hangs on it by its first atom.
NAMES = ("free", "aryl", "fused", "carbonyl", "heteroatom", "alkyl")


def aligned(mols: Sequence[Chem.Mol]) -> list[list[int]] | None:
    """The atoms of the shared ring in each molecule, in one order for all; None where no ring can be aligned.

    A ring is a cycle of elements, aromatic or not. It is shared if each molecule has exactly one such ring, and can be
    aligned if the cycle is its own image under no rotation or reflection, as benzene's is. Of several the largest is
    taken, then the one whose cycle sorts last.
    """
    found: list[dict[tuple[Kind, ...], list[list[int]]]] = []
    for mol in mols:
        rings: dict[tuple[Kind, ...], list[list[int]]] = {}
        for atoms in mol.GetRingInfo().AtomRings():
            for key, order in _ordered(mol, list(atoms)):
                rings.setdefault(key, []).append(order)
        found.append(rings)
    if not found:
        return None
    shared = [key for key in found[0] if all(len(rings.get(key, [])) == 1 for rings in found)]
    if not shared:
        return None
    best = max(shared, key=lambda key: (len(key), key))
    return [rings[best][0] for rings in found]


def _ordered(mol: Chem.Mol, ring: list[int]) -> list[tuple[tuple[Kind, ...], list[int]]]:
    """The largest reading of a cycle, by kinds of atoms, with each order of atoms that gives it: one, or several."""
    turned = [line[start:] + line[:start] for line in (ring, ring[::-1]) for start in range(len(ring))]
    read = [(tuple(_kind(mol.GetAtomWithIdx(atom)) for atom in order), order) for order in turned]
    largest = max(key for key, _ in read)
    return [(key, order) for key, order in read if key == largest]


def _kind(atom: Chem.Atom) -> Kind:
    return atom.GetAtomicNum(), atom.GetIsAromatic()


def positions(mol: Chem.Mol, ring: Sequence[int]) -> np.ndarray:
    """(len(ring), 6) of 0 and 1 in the order of `NAMES`: what each ring atom bears."""
    inside = set(ring)
    bears = np.zeros((len(ring), len(NAMES)))
    for row, number in zip(bears, ring, strict=True):
        atom = mol.GetAtomWithIdx(number)
        row[0] = atom.GetTotalNumHs() > 0
        for first in atom.GetNeighbors():
            if first.GetIdx() not in inside:
                row[1 + _class(mol, atom, first)] = 1
    return bears


def _class(mol: Chem.Mol, atom: Chem.Atom, first: Chem.Atom) -> int:
    """Which of `NAMES[1:]` a substituent is."""
    if mol.GetBondBetweenAtoms(atom.GetIdx(), first.GetIdx()).IsInRing():
        return 1
    if first.GetIsAromatic():
        return 0
    if first.GetAtomicNum() != 6:
        return 3
    doubly = any(
        bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetOtherAtom(first).GetAtomicNum() == 8
        for bond in first.GetBonds()
    )
    return 2 if doubly else 4
