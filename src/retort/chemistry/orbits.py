"""Atoms, bonds and bond pairs of a crystal that no message passing can tell apart, merged into one of each.

Symmetry makes most of a crystal graph a repetition: in rock salt all six bonds of an atom are alike. Starting from
elements, bond lengths and angles, the classes of atoms and bonds are split until all members of a class see the same
classes around them (colour refinement; the result is an equitable partition). Every graph network that reads only
elements, lengths and angles gives all members of a class the same state, whatever its weights, so that one
representative with a count replaces them. Ruff et al. (Digital Discovery 3, 594, 2024) reduce crystals to asymmetric
units for the same reason; here nothing needs to know the space group.
"""

from dataclasses import dataclass

import numpy as np

from retort.chemistry.neighbours import Bonds

RESOLUTION = 1e-4  # Å, and of cosines: what is nearer than this counts as equal


@dataclass(frozen=True)
class Quotient:
    """A crystal graph of K atoms, E bonds and P bond pairs that differ, or of all of them (`every`).

    A pair is two bonds u -> v -> w, of which the second receives. Bonds are sorted by target, pairs by second.

    Attributes:
        numbers, atoms: (K,) atomic number, and how many atoms of the cell are of this kind.
        source, target: (E,) atoms, as rows of `numbers`.
        length: (E,) in Å, rounded to `RESOLUTION`.
        bonds: (E,) how many such bonds each target atom receives.
        first, second: (P,) bonds, as rows of `source`.
        cosine: (P,) of the angle at v between the two bonds, rounded to `RESOLUTION`; 1 where the second goes back.
        pairs: (P,) how many such pairs each second bond receives.
    """

    numbers: np.ndarray
    atoms: np.ndarray
    source: np.ndarray
    target: np.ndarray
    length: np.ndarray
    bonds: np.ndarray
    first: np.ndarray
    second: np.ndarray
    cosine: np.ndarray
    pairs: np.ndarray


def every(numbers: np.ndarray, bonds: Bonds) -> Quotient:
    """The graph with nothing merged: all counts are one."""
    length, first, second, cosine = _measures(len(numbers), bonds)
    one = [np.ones(len(part), dtype=np.int64) for part in (numbers, length, first)]
    numbers = np.asarray(numbers)
    return Quotient(
        numbers,
        one[0],
        bonds.source,
        bonds.target,
        length * RESOLUTION,
        one[1],
        first,
        second,
        cosine * RESOLUTION,
        one[2],
    )


def merge(numbers: np.ndarray, bonds: Bonds) -> Quotient:
    """The graph with one representative of each class of atoms, bonds and bond pairs.

    Args:
        numbers: (n,) atomic numbers.
        bonds: of `retort.chemistry.neighbours.nearest_neighbours`.
    """
    numbers = np.asarray(numbers)
    length, first, second, cosine = _measures(len(numbers), bonds)
    atom, bond = _refine(numbers, bonds, length, first, second, cosine)

    atoms = np.bincount(atom)
    here = np.unique(atom, return_index=True)[1]  # the representatives
    there = np.unique(bond, return_index=True)[1]
    source, target = atom[bonds.source[there]], atom[bonds.target[there]]
    received = np.bincount(bond) // atoms[target]

    kept = np.isin(second, there)
    shape = (len(there), len(there), int(2 / RESOLUTION) + 3)
    middle = shape[2] // 2
    key = np.ravel_multi_index((bond[second[kept]], bond[first[kept]], cosine[kept] + middle), shape)
    key, pairs = np.unique(key, return_counts=True)
    second, first, cosine = np.unravel_index(key, shape)
    return Quotient(
        numbers[here],
        atoms,
        source,
        target,
        length[there] * RESOLUTION,
        received,
        first,
        second,
        (cosine - middle) * RESOLUTION,
        pairs,
    )


def _measures(sites: int, bonds: Bonds) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Bond lengths in units of the resolution, and all pairs of bonds with their cosines in the same units."""
    length = np.linalg.norm(bonds.vector, axis=1)
    arriving = np.bincount(bonds.target, minlength=sites)
    second = np.repeat(np.arange(len(length)), arriving[bonds.source])
    # Bonds are sorted by target: those that arrive where the second starts are neighbours in the list.
    begin = (np.cumsum(arriving) - arriving)[bonds.source]
    first = ranges(begin, arriving[bonds.source])
    unit = bonds.vector / length[:, None]
    cosine = -np.einsum("pi,pi->p", unit[first], unit[second])
    return _rounded(length), first, second, _rounded(cosine.clip(-1, 1))


def ranges(start: np.ndarray, count: np.ndarray) -> np.ndarray:
    """`start[0], start[0] + 1, ...` (`count[0]` of them), then the same for every further entry."""
    before = np.cumsum(count) - count
    return np.repeat(start - before, count) + np.arange(count.sum())


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.rint(values / RESOLUTION).astype(np.int64)


def _refine(
    numbers: np.ndarray,
    bonds: Bonds,
    length: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    cosine: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Classes of atoms and bonds, those of bonds numbered by the class of their target."""
    atom = _classes(numbers)
    bond = _classes(atom[bonds.target], atom[bonds.source], length)
    into_atom = np.flatnonzero(np.diff(bonds.target, prepend=-1))
    into_bond = np.flatnonzero(np.diff(second, prepend=-1))
    before, now = None, (atom.max(), bond.max())
    while before != now:
        seen = np.add.reduceat(_mixed(bond[first], cosine), into_bond)  # a sum of hashes names a multiset
        bond = _classes(atom[bonds.target], atom[bonds.source], bond, seen)
        seen = np.add.reduceat(_mixed(bond, bond), into_atom)
        atom = _classes(atom, seen)
        before, now = now, (atom.max(), bond.max())
    return atom, _classes(atom[bonds.target], bond)


def _classes(*columns: np.ndarray) -> np.ndarray:
    """Number rows by their distinct values, in lexicographic order of the columns."""
    order = np.lexsort(columns[::-1])
    new = np.zeros(len(order), dtype=bool)
    for column in columns:
        ordered = column[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    classes = np.empty(len(order), dtype=np.int64)
    classes[order] = np.cumsum(new)
    return classes


def _mixed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A 64-bit hash of each pair of numbers (the finaliser of splitmix64)."""
    value = one.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + other.astype(np.uint64)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
