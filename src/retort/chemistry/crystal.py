"""Crystals as arrays: read pymatgen's P1 CIF text, and turn cell lengths and angles into vectors.

A CIF in space group P1 lists every site, so that six numbers and a table are all there is to read; regular
expressions do it some fifty times faster than a full CIF parser, and a test compares them with pymatgen's.
"""

import re
from dataclasses import dataclass

import numpy as np

from retort.chemistry.composition import ATOMIC_NUMBER, SYMBOLS

DECIMALS = 8  # as many as the CIFs carry; also cleans sines and cosines of right angles

_CELL = {
    name: re.compile(rf"^_cell_{name}\s+(\S+)", re.MULTILINE)
    for name in ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
}
_GROUP = re.compile(r"^_symmetry_space_group_name_H-M\s+'?([^'\n]+?)'?\s*$", re.MULTILINE)
_SITES = re.compile(
    r"^loop_\n _atom_site_type_symbol\n _atom_site_label\n _atom_site_symmetry_multiplicity\n"
    r" _atom_site_fract_x\n _atom_site_fract_y\n _atom_site_fract_z\n _atom_site_occupancy\n",
    re.MULTILINE,
)
_FORMULA = re.compile(r"^_chemical_formula_sum\s+'?([^'\n]+?)'?\s*$", re.MULTILINE)


class CrystalError(ValueError):
    """A crystal that cannot be used; the message says why."""


@dataclass(frozen=True)
class Crystal:
    """One periodic structure.

    Attributes:
        lattice: cell vectors as rows, in Å, float64 of shape (3, 3).
        numbers: atomic number of each site, int64 of shape (sites,).
        positions: fractional coordinates, float64 of shape (sites, 3).
    """

    lattice: np.ndarray
    numbers: np.ndarray
    positions: np.ndarray

    def amounts(self) -> dict[str, int]:
        """Atoms of each element in the cell, by atomic number."""
        numbers, counts = np.unique(self.numbers, return_counts=True)
        return {
            SYMBOLS[number - 1]: count
            for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
        }

    def columns(self) -> dict[str, list]:
        """The columns `lattice` (9 numbers, row-major), `numbers` and `positions` of a prepared table."""
        return {
            "lattice": self.lattice.ravel().tolist(),
            "numbers": self.numbers.tolist(),
            "positions": self.positions.ravel().tolist(),
        }


def read_cif(text: str) -> Crystal:
    """The crystal of a P1 CIF as pymatgen writes it.

    Raises:
        CrystalError: a cell number is missing or no number, the space group is not P 1, a site line is damaged, a
            site is partly occupied or holds an unknown element, the sites do not add up to `_chemical_formula_sum`,
            or the angles close no cell.
    """
    group = _GROUP.search(text)
    if group is None or group[1].replace(" ", "") != "P1":
        raise CrystalError(f"the space group is {group and group[1]!r}, expected 'P 1'")
    cell = [_number(text, name) for name in _CELL]
    loop = _SITES.search(text)
    if loop is None:
        raise CrystalError("there is no table of sites with the columns that pymatgen writes")
    symbols, positions = [], []
    for line in text[loop.end() :].splitlines():
        if not line.strip():
            continue
        try:
            symbol, _, _, x, y, z, occupied = line.split()
            position, occupancy = (float(x), float(y), float(z)), float(occupied)
        except ValueError:
            raise CrystalError(f"site line {line.strip()!r} is not element, label, 1, x, y, z, 1") from None
        if symbol not in ATOMIC_NUMBER:
            raise CrystalError(f"site line {line.strip()!r} has the unknown element {symbol!r}")
        if occupancy != 1:
            raise CrystalError(f"site line {line.strip()!r} has occupancy {occupancy:g}, expected 1")
        symbols.append(symbol)
        positions.append(position)
    if not np.isfinite(positions).all():
        raise CrystalError("a site has a coordinate that is not finite")
    crystal = Crystal(
        lattice=cell_vectors(*cell),
        numbers=np.array([ATOMIC_NUMBER[symbol] for symbol in symbols], dtype=np.int64),
        positions=np.array(positions, dtype=np.float64).reshape(-1, 3),
    )
    _check_formula(text, crystal)
    return crystal


def cell_vectors(a: float, b: float, c: float, alpha: float, beta: float, gamma: float) -> np.ndarray:
    """Cell vectors as rows (3, 3), in the unit of the lengths; a along x, b in the xy plane (IUCr convention).

    Args:
        a, b, c: lengths.
        alpha, beta, gamma: angles in degrees between b and c, a and c, a and b.

    Raises:
        CrystalError: a length or angle is not positive, or no cell has these angles.
    """
    if min(a, b, c, alpha, beta, gamma) <= 0 or max(alpha, beta, gamma) >= 180:
        raise CrystalError(f"cell {(a, b, c, alpha, beta, gamma)} has a length or an angle out of range")
    cosines = np.cos(np.radians([alpha, beta, gamma]))
    sine = np.sin(np.radians(gamma))
    x, y = cosines[1], (cosines[0] - cosines[1] * cosines[2]) / sine
    square = 1 - x**2 - y**2
    if square <= 0:
        raise CrystalError(f"no cell has the angles {(alpha, beta, gamma)}")
    vectors = [[a, 0, 0], [b * cosines[2], b * sine, 0], [c * x, c * y, c * np.sqrt(square)]]
    return np.round(vectors, DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0


def _number(text: str, name: str) -> float:
    found = _CELL[name].search(text)
    if found is None:
        raise CrystalError(f"_cell_{name} is missing")
    try:
        value = float(found[1])
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise CrystalError(f"_cell_{name} is {found[1]!r}, expected a number")
    return value


def _check_formula(text: str, crystal: Crystal) -> None:
    """Demand the atoms that the CIF itself announces: a file cut short has fewer."""
    found = _FORMULA.search(text)
    if found is None:
        raise CrystalError("_chemical_formula_sum is missing")
    announced = dict(re.findall(r"([A-Z][a-z]?)(\d+)", found[1]))
    amounts = {element: str(count) for element, count in crystal.amounts().items()}
    if announced != amounts:
        raise CrystalError(
            f"{len(crystal.numbers)} sites {amounts} do not add up to the formula {found[1]!r}"
        )
