"""The differential reaction fingerprint of Probst, Schwaller and Reymond (Digital Discovery 1 (2022) 91).

Its bits are the substructures that stand on one side of the reaction only. They are found once for each distinct
molecule, and what a reaction has is then read from a table of molecules by substructures: of some thousand reactions
that share their molecules, as on a plate, the fingerprints take a second; reaction by reaction they take a minute.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from rdkit import Chem

from retort.chemistry.molecules import parse

RADIUS = 3
BITS = 2048
CHUNK = 512  # reactions whose substructures are compared at once, to bound the memory


def shingles(mol: Chem.Mol, radius: int = RADIUS) -> set[str]:
    """The substructures of a molecule: its rings, its atoms, and around each atom the bonds up to `radius` away.

    Each is written as SMILES with all hydrogens, the last from the atom in its middle; atoms as SMARTS.
    """
    found = {_written(mol, _ring_bonds(mol, ring)) for ring in Chem.GetSymmSSSR(mol)}
    found |= {atom.GetSmarts() for atom in mol.GetAtoms()}
    for atom in range(mol.GetNumAtoms()):
        for reach in range(1, radius + 1):
            bonds = Chem.FindAtomEnvironmentOfRadiusN(mol, reach, atom)
            if not bonds:  # no atom is so far away
                break
            found.add(_written(mol, list(bonds), atom))
    return found


def drfp(sides: Sequence[tuple[Sequence[int], Sequence[int]]], smiles: Sequence[str]) -> np.ndarray:
    """The fingerprints (N, BITS) uint8, zeros and ones, of N reactions.

    Args:
        sides: of each reaction its reactants (agents among them) and its products, as places in `smiles`.
        smiles: the M distinct molecules; the fragments of one with a '.' are taken one by one.

    Raises:
        MoleculeError: a string that is no molecule.
    """
    of_each = [
        set().union(*(shingles(parse(fragment)) for fragment in molecule.split("."))) for molecule in smiles
    ]
    names = sorted(set().union(*of_each))
    number = {name: column for column, name in enumerate(names)}
    has = np.zeros((len(smiles), len(names)), bool)
    for row, found in zip(has, of_each, strict=True):
        row[[number[name] for name in found]] = True
    # The substructures sorted by their bit: a bit is set where any of its substructures is.
    bits = np.array([_bit(name) for name in names], np.int64)
    order = np.argsort(bits, kind="stable")
    taken, starts = np.unique(bits[order], return_index=True)
    has = has[:, order]
    fingerprints = np.zeros((len(sides), BITS), np.uint8)
    for start in range(0, len(sides), CHUNK):
        some = sides[start : start + CHUNK]
        differs = _any(has, [one for one, _ in some]) ^ _any(has, [other for _, other in some])
        if len(taken):
            fingerprints[start : start + CHUNK, taken] = np.logical_or.reduceat(differs, starts, axis=1)
    return fingerprints


def _any(has: np.ndarray, rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Of each list of rows of `has` (M, S) whether any of them is true, (len(rows), S)."""
    return np.stack([has[list(some)].any(axis=0) for some in rows])


def _ring_bonds(mol: Chem.Mol, ring: Sequence[int]) -> list[int]:
    """The bonds between atoms of a ring."""
    inside = set(ring)
    return [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if bond.GetBeginAtomIdx() in inside and bond.GetEndAtomIdx() in inside
    ]


def _written(mol: Chem.Mol, bonds: list[int], root: int | None = None) -> str:
    """The part of a molecule that some of its bonds make up, from the atom `root` where there is one."""
    places: dict[int, int] = {}
    part = Chem.PathToSubmol(mol, bonds, atomMap=places)
    return Chem.MolToSmiles(part, rootedAtAtom=-1 if root is None else places[root], allHsExplicit=True)


def _bit(shingle: str) -> int:
    """The bit of a substructure. Its hash counts as signed, which for a power of two of bits makes no difference."""
    return int.from_bytes(blake2b(shingle.encode(), digest_size=4).digest(), "big") % BITS
