"""A molecule as small whole numbers: its heavy atoms, its bonds and its rings."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rdkit import Chem

ATOM_FEATURES = ("number", "chirality", "charge", "hydrogens", "aromatic")
# How many categories each has; atomic number 0 is the mask.
ATOM_SIZES = {"number": 119, "chirality": 4, "charge": 5, "hydrogens": 5, "aromatic": 2}
BOND_TYPES = (
    Chem.BondType.SINGLE,
    Chem.BondType.DOUBLE,
    Chem.BondType.TRIPLE,
    Chem.BondType.AROMATIC,
)
OTHER_BOND = len(BOND_TYPES)
DIRECTIONS = (Chem.BondDir.NONE, Chem.BondDir.ENDUPRIGHT, Chem.BondDir.ENDDOWNRIGHT)
CHIRALITIES = (
    Chem.ChiralType.CHI_UNSPECIFIED,
    Chem.ChiralType.CHI_TETRAHEDRAL_CW,
    Chem.ChiralType.CHI_TETRAHEDRAL_CCW,
)
_TYPE = {kind: number for number, kind in enumerate(BOND_TYPES)}
_DIRECTION = {kind: number for number, kind in enumerate(DIRECTIONS)}
_CHIRALITY = {kind: number for number, kind in enumerate(CHIRALITIES)}


class MolecularGraph(NamedTuple):
    """One molecule of A atoms and B bonds, atoms in the order of its SMILES string."""

    atoms: np.ndarray
    """uint8 (A, 5), the categories of `ATOM_FEATURES`"""
    bonds: np.ndarray
    """uint16 (B, 2), each bond once"""
    bond_types: np.ndarray
    """uint8 (B, 2): single, double, triple, aromatic, other; and no direction, up, down"""
    rings: list[tuple[int, ...]]
    """the atoms of each ring of the smallest set"""


class Skeleton(NamedTuple):
    """Which atoms of a molecule hang together."""

    size: int
    """number of heavy atoms"""
    neighbours: list[list[int]]
    """the atoms bonded to each atom"""
    rings: list[list[int]]
    """the atoms of each ring of the smallest set"""

    @classmethod
    def of(cls, size: int, bonds: np.ndarray, rings: Sequence[Sequence[int]]) -> "Skeleton":
        """From the bonds (B, 2) of a molecule, each named once."""
        neighbours: list[list[int]] = [[] for _ in range(size)]
        for one, other in bonds.tolist():
            neighbours[one].append(other)
            neighbours[other].append(one)
        return cls(size, neighbours, [list(ring) for ring in rings])


def graph(mol: Chem.Mol) -> MolecularGraph:
    """The graph of a molecule, hydrogens being counted on their atoms."""
    atoms = [
        (
            atom.GetAtomicNum(),
            _CHIRALITY.get(atom.GetChiralTag(), 3),
            min(max(atom.GetFormalCharge(), -2), 2) + 2,
            min(atom.GetTotalNumHs(), 4),
            atom.GetIsAromatic(),
        )
        for atom in mol.GetAtoms()
    ]
    bonds, types = [], []
    for bond in mol.GetBonds():
        bonds.append((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))
        types.append((_TYPE.get(bond.GetBondType(), OTHER_BOND), _DIRECTION.get(bond.GetBondDir(), 0)))
    return MolecularGraph(
        np.array(atoms, np.uint8).reshape(-1, len(ATOM_FEATURES)),
        np.array(bonds, np.uint16).reshape(-1, 2),
        np.array(types, np.uint8).reshape(-1, 2),
        list(mol.GetRingInfo().AtomRings()),
    )
