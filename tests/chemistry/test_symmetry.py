"""Prototypes of crystals whose space group is known."""

import numpy as np
import pytest

from retort.chemistry.crystal import Crystal
from retort.chemistry.structure_types import STRUCTURE_TYPES
from retort.chemistry.symmetry import anonymous, prototype, space_group


@pytest.mark.parametrize("name", ["rock salt", "rutile", "perovskite", "wurtzite", "spinel"])
def test_space_groups_of_structure_types(name):
    kind = next(each for each in STRUCTURE_TYPES if each.name == name)
    letters = sorted(kind.roles)
    crystal = Crystal(
        6 * kind.lattice, np.array([1 + letters.index(one) for one in kind.letters]), kind.positions
    )
    assert space_group(crystal) == kind.space_group
    assert prototype(crystal) == f"{anonymous(kind.counts.values())} {kind.space_group}"


@pytest.mark.parametrize(
    ("amounts", "formula"),
    [([1, 1], "AB"), ([4, 2], "AB2"), ([3, 2], "A2B3"), ([1, 3, 1], "ABC3"), ([4], "A")],
)
def test_anonymous_formulas(amounts, formula):
    assert anonymous(amounts) == formula


def test_two_atoms_in_one_place_have_no_space_group():
    crystal = Crystal(3 * np.eye(3), np.array([1, 1]), np.zeros((2, 3)))
    assert prototype(crystal) == "A ?"
