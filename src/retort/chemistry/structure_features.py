"""82 numbers of a crystal's geometry that know no element but whether two atoms are of the same one.

They are read from the twelve-nearest-neighbour list that the graph networks read (`retort.chemistry.neighbours`), in
about a millisecond. Lengths are in units of the cube root of the volume per atom, which is a feature of its own.
Orientations of bonds enter by the invariants of P. J. Steinhardt et al., Phys. Rev. B 28, 784 (1983), in the form
q_l² = mean over all pairs of an atom's bonds of the Legendre polynomial P_l(cos), which needs no spherical harmonics.
"""

import numpy as np
from numpy.polynomial import legendre

from retort.chemistry.crystal import Crystal
from retort.chemistry.neighbours import nearest_neighbours

NEAR = 1.2  # bonds of at most 1.2 times an atom's shortest are its nearest shell
WITHIN = (1.1, 1.2, 1.35, 1.5)  # times the shortest
ORDERS, NEAR_ORDERS = (2, 4, 6, 8), (2, 4, 6)
RADII = np.linspace(0.7, 2.2, 16)  # centres of the radial histogram; neighbours of an atom lie at 0.6 to 2.3
COSINES = np.linspace(-1, 1, 12)  # centres of the angular one

CELL = (
    "sites",
    "volume per atom",
    "shortest cell vector over longest",
    "middle cell vector over longest",
    *(f"{which} cosine between cell vectors" for which in ("smallest", "middle", "largest")),
    "elements",
    "largest fraction",
    "entropy of the fractions",
)
SITE = (
    "shortest bond",
    "longest bond",
    "shortest over longest bond",
    *(f"bonds within {factor} of the shortest" for factor in WITHIN),
    "bonds to the same element",
    "near bonds to the same element",
    *(f"q{order}" for order in ORDERS),
    *(f"near q{order}" for order in NEAR_ORDERS),
    "least extent of the bonds",
    "largest extent of the bonds",
)
EXTREMES = ("shortest bond", "longest bond", "bonds within 1.2 of the shortest", "bonds to the same element")
NAMES = (
    *CELL,
    *(f"mean {name}" for name in SITE),
    *(f"deviation of {name}" for name in SITE),
    *(f"least {name}" for name in EXTREMES),
    *(f"largest {name}" for name in EXTREMES),
    *(f"bonds around {radius:.1f}" for radius in RADII),
    *(f"angles of cosine around {cosine:.2f}" for cosine in COSINES),
)


def features(crystal: Crystal) -> np.ndarray:
    """The features in the order of `NAMES`: float32 of shape (82,).

    They do not depend on the order of the sites, the choice of the cell's origin, or a rotation. Histograms are means
    over the atoms, each value counting as a Gaussian one step wide, for a box would be entered and left by rounding;
    deviations are of the whole (n, not n - 1).

    Raises:
        ValueError: the crystal has no neighbour list.
    """
    bonds = nearest_neighbours(crystal.lattice, crystal.positions)
    volume = abs(np.linalg.det(crystal.lattice)) / len(crystal.numbers)
    vectors = bonds.vector / volume ** (1 / 3)
    same = crystal.numbers[bonds.source] == crystal.numbers[bonds.target]
    ends = np.flatnonzero(np.diff(bonds.target)) + 1
    atoms = [
        _atom(some, alike) for some, alike in zip(np.split(vectors, ends), np.split(same, ends), strict=True)
    ]
    site = np.array([numbers for numbers, _, _ in atoms])
    extremes = site[:, [SITE.index(name) for name in EXTREMES]]
    values = [
        _cell(crystal, volume),
        site.mean(axis=0),
        site.std(axis=0),
        extremes.min(axis=0),
        extremes.max(axis=0),
        np.mean([radial for _, radial, _ in atoms], axis=0),
        np.mean([angular for _, _, angular in atoms], axis=0),
    ]
    return np.concatenate(values).astype(np.float32)


def _cell(crystal: Crystal, volume: float) -> np.ndarray:
    """The numbers of `CELL`."""
    lengths = np.linalg.norm(crystal.lattice, axis=1)
    units = crystal.lattice / lengths[:, None]
    cosines = np.sort(np.abs([units[0] @ units[1], units[0] @ units[2], units[1] @ units[2]]))
    small, middle, large = np.sort(lengths)
    fractions = np.array(list(crystal.amounts().values())) / len(crystal.numbers)
    entropy = -(fractions * np.log(fractions)).sum()
    counted = [len(crystal.numbers), volume, small / large, middle / large]
    return np.array([*counted, *cosines, len(fractions), fractions.max(), entropy])


def _atom(vectors: np.ndarray, same: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The numbers of `SITE` of one atom, and its radial and angular histogram.

    Args:
        vectors: (n, 3), its bonds, in units of the cube root of the volume per atom.
        same: (n,) Boolean, whether the other atom is of the same element.
    """
    lengths = np.linalg.norm(vectors, axis=1)
    shortest, longest = lengths.min(), lengths.max()
    near = lengths <= NEAR * shortest
    units = vectors / lengths[:, None]
    cosines = (units @ units.T).clip(-1, 1)
    extents = np.linalg.eigvalsh(units.T @ units) / len(units)
    numbers = [
        shortest,
        longest,
        shortest / longest,
        *(np.count_nonzero(lengths <= factor * shortest) for factor in WITHIN),
        same.mean(),
        same[near].mean(),
        *_orders(cosines, ORDERS),
        *_orders(cosines[np.ix_(near, near)], NEAR_ORDERS),
        extents[0],
        extents[-1],
    ]
    pairs = cosines[np.triu_indices(len(cosines), 1)]
    radial, angular = _smeared(lengths, RADII).sum(axis=0), _smeared(pairs, COSINES).mean(axis=0)
    return np.array(numbers), radial, angular


def _smeared(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """What each value adds to each centre, (values, centres)."""
    step = centres[1] - centres[0]
    return np.exp(-(((values[:, None] - centres) / step) ** 2))


def _orders(cosines: np.ndarray, orders: tuple[int, ...]) -> list[float]:
    """q_l of each order, from the cosines between all bonds of an atom (n, n)."""
    series = np.zeros((max(orders) + 1, len(orders)))
    series[list(orders), range(len(orders))] = 1
    means = legendre.legval(cosines, series).mean(axis=(1, 2))
    return np.sqrt(means.clip(0)).tolist()
