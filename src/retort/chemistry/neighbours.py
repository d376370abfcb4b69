"""The nearest-neighbour graph of a crystal, as ALIGNN draws it (Choudhary and DeCost, npj Comput. Mater. 7, 185, 2021).

Every atom is joined to its twelve nearest neighbours, periodic images included, and to all others as far away as
the twelfth: which of several equally distant neighbours were kept would otherwise depend on the order of the sites.
A bond that one of its two atoms asks for goes both ways.
"""

from dataclasses import dataclass

import numpy as np

COUNT = 12
START = 5.0  # Å; most atoms have their twelve neighbours, ties included, within it
GROWTH = 1.3
TIE = 1e-4  # Å; positions in a CIF are rounded, so that equal distances differ in the fifth decimal
COINCIDENT = 1e-3  # Å


@dataclass(frozen=True)
class Bonds:
    """The directed bonds of one crystal, both directions of each, sorted by target.

    Attributes:
        source, target: (E,) int64, sites.
        vector: (E, 3) float64, from the source to the image of the target that is meant, in Å.
    """

    source: np.ndarray
    target: np.ndarray
    vector: np.ndarray


def nearest_neighbours(lattice: np.ndarray, positions: np.ndarray, *, count: int = COUNT) -> Bonds:
    """The graph of a crystal.

    pymatgen lists the neighbours within a small radius, and within larger ones for those atoms only whose `count`
    nearest neighbours, with ties, are not sure to lie within it. The result is that of one list with any radius
    that suffices, such as the published 8 Å, and it also exists where 8 Å does not suffice.

    A bond between images of one site is stored once and given both directions like any other. (The published code
    counts it twice, which makes a crystal differ from its own supercell.)

    Args:
        lattice: (3, 3), cell vectors as rows, in Å.
        positions: (n, 3), fractional coordinates.
        count: neighbours of an atom, ties not counted.

    Raises:
        ValueError: no sites, a cell without volume, a number that is not finite, two sites at one place.
    """
    lattice = np.ascontiguousarray(lattice, dtype=np.float64)
    positions = np.asarray(positions, dtype=np.float64)
    _check(lattice, positions)
    positions = positions - np.floor(positions)
    asked, other, image = _asked(lattice, positions, count)
    return _both_ways(lattice, positions, asked, other, image)


def _check(lattice: np.ndarray, positions: np.ndarray) -> None:
    if lattice.shape != (3, 3) or positions.ndim != 2 or positions.shape[1] != 3 or not len(positions):
        raise ValueError(f"{lattice.shape=}, {positions.shape=}, expected (3, 3) and (sites, 3)")
    if not (np.isfinite(lattice).all() and np.isfinite(positions).all()):
        raise ValueError("a cell vector or a position is not a finite number")
    if abs(np.linalg.det(lattice)) < 1e-6:
        raise ValueError(f"the cell {lattice.tolist()} has no volume")


def _asked(
    lattice: np.ndarray, positions: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What every atom asks for: atom, neighbour, and the cell of the neighbour relative to that of the atom."""
    from pymatgen.optimization.neighbors import find_points_in_spheres

    points = np.ascontiguousarray(positions @ lattice)
    periodic = np.ones(3, dtype=np.int64)
    pending, radius, found = np.arange(len(points)), START, []
    while len(pending):
        atom, other, image, distance = find_points_in_spheres(
            points, np.ascontiguousarray(points[pending]), radius, periodic, lattice
        )
        itself = (pending[atom] == other) & ~image.any(axis=1)
        if (distance[~itself] < COINCIDENT).any():
            pair = np.flatnonzero(~itself & (distance < COINCIDENT))[0]
            raise ValueError(
                f"sites {pending[atom[pair]]} and {other[pair]} are {distance[pair]:.4f} Å apart. "
                "Hint: count from 0; leave one of them out."
            )
        order = np.lexsort((distance, atom))
        order = order[~itself[order]]
        atom, other, image, distance = atom[order], other[order], image[order], distance[order]
        counts = np.bincount(atom, minlength=len(pending))
        last = np.cumsum(counts) - counts + count - 1  # the row of the count-th neighbour, if there is one
        reach = np.full(len(pending), np.inf)
        enough = counts >= count
        reach[enough] = distance[last[enough]] + TIE
        sure = reach <= radius  # nothing nearer or tied can lie outside the sphere
        kept = sure[atom] & (distance <= reach[atom])
        found.append((pending[atom[kept]], other[kept], image[kept]))
        pending, radius = pending[~sure], radius * GROWTH
    atom, other, image = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return atom, other, np.rint(image).astype(np.int64)


def _both_ways(
    lattice: np.ndarray, positions: np.ndarray, atom: np.ndarray, other: np.ndarray, image: np.ndarray
) -> Bonds:
    """Each bond once, whoever asked for it, then in both directions."""
    x, y, z = image.T
    # The canonical direction: towards the later site, or between images of one site towards the later cell.
    backwards = (x < 0) | ((x == 0) & ((y < 0) | ((y == 0) & (z < 0))))
    turned = (atom > other) | ((atom == other) & backwards)
    first, second = np.where(turned, other, atom), np.where(turned, atom, other)
    image = np.where(turned[:, None], -image, image)
    reach = int(np.abs(image).max(initial=0))
    shape = (len(positions), len(positions), 2 * reach + 1, 2 * reach + 1, 2 * reach + 1)
    once = np.unique(np.ravel_multi_index((first, second, *(image + reach).T), shape))
    first, second, *cell = np.unravel_index(once, shape)
    image = np.stack(cell, axis=1) - reach
    vector = (positions[second] + image - positions[first]) @ lattice
    source, target = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.argsort(target, kind="stable")
    return Bonds(source[order], target[order], np.concatenate([vector, -vector])[order])
