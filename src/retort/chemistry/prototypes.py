"""A structure prototype: the shape of its cell, the sites of each role, and the scale at which hard ions touch.

`retort.chemistry.structure_types` lists them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import gcd, sqrt

import numpy as np

CENTRING = {
    "P": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "F": ((0, 1 / 2, 1 / 2), (1 / 2, 0, 1 / 2), (1 / 2, 1 / 2, 0)),
    "I": ((-1 / 2, 1 / 2, 1 / 2), (1 / 2, -1 / 2, 1 / 2), (1 / 2, 1 / 2, -1 / 2)),
    "R": ((2 / 3, 1 / 3, 1 / 3), (-1 / 3, 1 / 3, 1 / 3), (-1 / 3, -2 / 3, 1 / 3)),  # obverse, hexagonal axes
}
LIKE = {
    "cation": 0.8,
    "anion": 0.85,
}  # ions of one sign may come this much closer than the sum of their radii
IMAGES = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)  # (125, 3)

Positions = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Role:
    """One kind of site: `cation` or `anion`, its coordination number, its positions in the conventional cell."""

    kind: str
    coordination: int
    positions: Positions


@dataclass(frozen=True)
class Prototype:
    """A structure type of unit length a = 1.

    Attributes:
        name: what crystallographers call it.
        space_group: international number.
        centring: P, F, I or R (hexagonal axes).
        ratio: c / a; hexagonal axes when `hexagonal`, square ones otherwise.
        roles: kinds of sites, by a letter.
    """

    name: str
    space_group: int
    centring: str
    ratio: float
    roles: Mapping[str, Role]
    hexagonal: bool = False

    @cached_property
    def counts(self) -> dict[str, int]:
        """Sites of each role in the primitive cell, divided by the number of formula units."""
        sites = {letter: len(role.positions) for letter, role in self.roles.items()}
        units = gcd(*sites.values())
        return {letter: count // units for letter, count in sites.items()}

    @cached_property
    def lattice(self) -> np.ndarray:
        """Primitive cell vectors as rows in units of a, (3, 3)."""
        axes = np.diag([1.0, 1.0, self.ratio])
        if self.hexagonal:
            axes[1] = -1 / 2, sqrt(3) / 2, 0
        return np.array(CENTRING[self.centring]) @ axes

    @cached_property
    def letters(self) -> list[str]:
        """The role of each site of the primitive cell."""
        return [letter for letter, role in self.roles.items() for _ in role.positions]

    @cached_property
    def positions(self) -> np.ndarray:
        """Fractional coordinates in the primitive cell, in [0, 1), (sites, 3)."""
        conventional = np.array([position for role in self.roles.values() for position in role.positions])
        primitive = np.round(conventional @ np.linalg.inv(np.array(CENTRING[self.centring])), 12)
        return primitive % 1.0

    @cached_property
    def distances(self) -> dict[tuple[str, str], float]:
        """Shortest distance between sites of two roles (either order) in units of a."""
        apart = (
            self.positions[None, :, None] + IMAGES - self.positions[:, None, None]
        )  # (sites, sites, 125, 3)
        lengths = np.linalg.norm(apart @ self.lattice, axis=-1)
        lengths[lengths < 1e-6] = np.inf  # a site and itself
        nearest = lengths.min(axis=-1)
        letters = np.array(self.letters)
        return {
            (first, second): float(nearest[np.ix_(letters == first, letters == second)].min())
            for first in self.roles
            for second in self.roles
        }

    def scale(self, radii: Mapping[str, float]) -> float:
        """The length a in Å at which the tightest contact of hard ions just touches.

        Args:
            radii: ionic radius of each role in Å. Ions of one sign may overlap as `LIKE` says.
        """
        return max(self._contact(pair, radii) / distance for pair, distance in self.distances.items())

    def looseness(self, radii: Mapping[str, float]) -> float:
        """Nearest counter-ion of the loosest role over the sum of their radii: 1 where all touch, more in a rattle."""
        scale = self.scale(radii)
        return max(
            min(
                scale * self.distances[first, second] / (radii[first] + radii[second])
                for second in self.roles
                if self.roles[first].kind != self.roles[second].kind
            )
            for first in self.roles
        )

    def _contact(self, pair: Sequence[str], radii: Mapping[str, float]) -> float:
        first, second = pair
        kinds = self.roles[first].kind, self.roles[second].kind
        return (LIKE[kinds[0]] if kinds[0] == kinds[1] else 1.0) * (radii[first] + radii[second])
