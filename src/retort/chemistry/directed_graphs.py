"""A molecule as directed message passing reads it: numbers of atoms, and of bonds, each once in each direction.

The features are those of Yang et al. (J. Chem. Inf. Model. 59 (2019) 3370) with the categories that Chemprop 2 (Heid et
al., ibid. 64 (2024) 9) takes where nothing is said: elements of the first four periods and iodine.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rdkit import Chem

from retort.chemistry.molecular_graphs import BOND_TYPES

# The categories of an atom in the order of their columns. Each has one more column, the last, for all other values.
ATOM_CATEGORIES: dict[str, Sequence] = {
    "element": (*range(1, 37), 53),
    "degree": range(6),  # hydrogens counted
    "charge": (-1, -2, 1, 2, 0),
    "chirality": range(4),  # RDKit's numbers
    "hydrogens": range(5),
    "hybridization": tuple(
        getattr(Chem.HybridizationType, name) for name in ("S", "SP", "SP2", "SP2D", "SP3", "SP3D", "SP3D2")
    ),
}
STEREO = 6  # RDKit's first six kinds of a double bond's stereochemistry; others share one more column
MASS_SCALE = 0.01

_PLACES = [{value: place for place, value in enumerate(values)} for values in ATOM_CATEGORIES.values()]
_OFFSETS = np.cumsum([0, *(len(values) + 1 for values in ATOM_CATEGORIES.values())])
_TYPE_COLUMN = {kind: 1 + place for place, kind in enumerate(BOND_TYPES)}
_CONJUGATED = 1 + len(BOND_TYPES)
_RING = _CONJUGATED + 1
_STEREO_COLUMN = _RING + 1

ATOM_WIDTH = int(_OFFSETS[-1]) + 2  # 72: the categories, aromatic or not, mass
BOND_WIDTH = _STEREO_COLUMN + STEREO + 1  # 14: no bond (never set here), type, conjugated, in a ring, stereo


class DirectedGraph(NamedTuple):
    """One molecule of A atoms and B bonds. Directed bond 2k runs from the k-th bond's first atom, 2k + 1 back."""

    atoms: np.ndarray
    """float32 (A, 72)"""
    bonds: np.ndarray
    """float32 (2 B, 14), the same in both directions"""
    ends: np.ndarray
    """int64 (2, 2 B), the atoms from which and to which each directed bond runs"""


def directed_graph(mol: Chem.Mol) -> DirectedGraph:
    """The features of a molecule, hydrogens being counted on their atoms."""
    count = mol.GetNumAtoms()
    atoms = np.zeros((count, ATOM_WIDTH), np.float32)
    # (A, 6), the column of each atom in each group.
    columns = [
        [places.get(v, len(places)) for places, v in zip(_PLACES, _values(a), strict=True)]
        for a in mol.GetAtoms()
    ]
    atoms[np.arange(count)[:, None], np.array(columns, np.int64).reshape(count, -1) + _OFFSETS[:-1]] = 1
    atoms[:, -2] = [atom.GetIsAromatic() for atom in mol.GetAtoms()]
    atoms[:, -1] = [MASS_SCALE * atom.GetMass() for atom in mol.GetAtoms()]
    bonds = np.zeros((mol.GetNumBonds(), BOND_WIDTH), np.float32)
    ends = []
    for row, bond in zip(bonds, mol.GetBonds(), strict=True):
        if (kind := bond.GetBondType()) in _TYPE_COLUMN:  # a bond of another type, as to a metal, has none
            row[_TYPE_COLUMN[kind]] = 1
        row[_CONJUGATED] = bond.GetIsConjugated()
        row[_RING] = bond.IsInRing()
        row[_STEREO_COLUMN + min(int(bond.GetStereo()), STEREO)] = 1
        one, other = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        ends += [(one, other), (other, one)]
    return DirectedGraph(atoms, bonds.repeat(2, axis=0), np.array(ends, np.int64).reshape(-1, 2).T)


def _values(atom: Chem.Atom) -> tuple:
    """What `ATOM_CATEGORIES` are the categories of."""
    return (
        atom.GetAtomicNum(),
        atom.GetTotalDegree(),
        atom.GetFormalCharge(),
        int(atom.GetChiralTag()),
        atom.GetTotalNumHs(),
        atom.GetHybridization(),
    )
