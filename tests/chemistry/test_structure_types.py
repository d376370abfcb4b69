"""Structure types against spglib's space groups, textbook contacts and pymatgen's neighbours."""

from math import sqrt

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from retort.chemistry.structure_types import STRUCTURE_TYPES

STAND_IN = {"A": "Na", "B": "Ti", "C": "Fe", "X": "O", "Y": "Cl"}
BY_NAME = {prototype.name: prototype for prototype in STRUCTURE_TYPES}

every = pytest.mark.parametrize("prototype", STRUCTURE_TYPES, ids=lambda prototype: prototype.name)


def structure(prototype, scale=5.0):
    return Structure(
        Lattice(scale * prototype.lattice),
        [STAND_IN[letter] for letter in prototype.letters],
        prototype.positions,
    )


@every
def test_the_space_group_is_the_declared_one_and_the_cell_primitive(prototype):
    analyzer = SpacegroupAnalyzer(structure(prototype), symprec=1e-3)
    assert analyzer.get_space_group_number() == prototype.space_group
    assert len(analyzer.find_primitive()) == len(prototype.positions)
    assert len(BY_NAME) == len(STRUCTURE_TYPES)


@every
def test_distances_are_pymatgens(prototype):
    theirs = structure(prototype)
    centres, others, _, lengths = theirs.get_neighbor_list(8.0)
    letters = np.array(prototype.letters)
    for (first, second), distance in prototype.distances.items():
        pairs = (letters[centres] == first) & (letters[others] == second)
        assert 5 * distance == pytest.approx(lengths[pairs].min(), rel=1e-9)


@every
def test_the_coordination_number_is_that_of_the_nearest_shell(prototype):
    """Between the number of nearest counter-ions and that within twice the distance, on some site of the role."""
    theirs = structure(prototype)
    centres, others, _, lengths = theirs.get_neighbor_list(8.0)
    letters = np.array(prototype.letters)
    kind = np.array([prototype.roles[letter].kind for letter in letters])
    for letter, role in prototype.roles.items():
        shells = [
            lengths[(centres == site) & (kind[others] != role.kind)]
            for site in np.flatnonzero(letters == letter)
        ]
        assert any(
            (bonds < 1.0001 * bonds.min()).sum() <= role.coordination <= (bonds < 2 * bonds.min()).sum()
            for bonds in shells
        )


@pytest.mark.parametrize(
    ("name", "radii", "scale"),
    [
        ("rock salt", {"A": 1.16, "X": 1.67}, 2 * (1.16 + 1.67)),  # NaCl: 5.66 Å, measured 5.64
        ("rock salt", {"A": 0.3, "X": 2.0}, sqrt(2) * 0.85 * 4.0),  # anions touch first
        ("caesium chloride", {"A": 1.8, "X": 1.7}, 2 * 3.5 / sqrt(3)),
        ("fluorite", {"A": 1.26, "X": 1.17}, 4 * 2.43 / sqrt(3)),  # CaF2: 5.61 Å, measured 5.46
        ("perovskite", {"A": 1.4, "B": 0.745, "X": 1.26}, 2 * (0.745 + 1.26)),
        (
            "perovskite",
            {"A": 1.7, "B": 0.6, "X": 1.26},
            sqrt(2) * 2.96,
        ),  # the large ion pushes the cell apart
    ],
)
def test_hard_ions_just_touch(name, radii, scale):
    assert BY_NAME[name].scale(radii) == pytest.approx(scale, rel=1e-9)
    doubled = {letter: 2 * radius for letter, radius in radii.items()}
    assert BY_NAME[name].scale(doubled) == pytest.approx(2 * scale)


def test_looseness_is_one_over_the_tolerance_factor_where_the_large_ion_rattles():
    radii = {"A": 1.2, "B": 0.745, "X": 1.26}
    goldschmidt = (1.2 + 1.26) / (sqrt(2) * (0.745 + 1.26))
    assert BY_NAME["perovskite"].looseness(radii) == pytest.approx(1 / goldschmidt)
    assert BY_NAME["rock salt"].looseness({"A": 1.16, "X": 1.67}) == pytest.approx(1)
