"""Distances by hand, and neighbours."""

import numpy as np
import pytest

from retort.chemistry import magpie
from retort.chemistry.composition import ATOMIC_NUMBER
from retort.studies.discovery.recall import Space, cumulated, neighbours, whitened

NUMBER = magpie.PROPERTIES.index("mendeleev_number")


def amounts(**given: float) -> np.ndarray:
    row = np.zeros(119)
    for symbol, amount in given.items():
        row[ATOMIC_NUMBER[symbol]] = amount
    return row


def mendeleev(symbol: str) -> float:
    return magpie.filled()[ATOMIC_NUMBER[symbol] - 1, NUMBER]


def test_elmd_is_how_far_atoms_move_along_the_mendeleev_number():
    rows = np.stack([amounts(Na=0.5, Cl=0.5), amounts(K=0.5, Cl=0.5), amounts(Na=0.5, F=0.5)])
    far = Space(cumulated(rows), "cityblock").distances(np.array([0]), np.arange(3))[0]
    assert far[0] == 0
    assert far[1] == pytest.approx(0.5 * abs(mendeleev("Na") - mendeleev("K")))
    assert far[2] == pytest.approx(0.5 * abs(mendeleev("Cl") - mendeleev("F")))


def test_none_is_its_own_neighbour_and_rows_are_positions():
    place = Space(np.array([[0.0], [9.0], [1.0], [1.5]]), "cityblock")
    found = neighbours(place, np.array([0, 2, 3]), 2)
    assert found.tolist() == [[1, 2], [2, 0], [1, 0]]


def test_whitened_components_have_variance_one_and_unknown_points_stay_unknown():
    points = np.random.default_rng(0).standard_normal((50, 4)) * [10, 3, 1, 0.1]
    points[7] = np.nan
    found = whitened(points, 3)
    known = np.isfinite(found).all(axis=1)
    assert known.sum() == 49
    assert not known[7]
    assert np.allclose(np.cov(found[known].T, bias=True), np.eye(3))
