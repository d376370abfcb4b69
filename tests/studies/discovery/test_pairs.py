"""Pairs of polymorphs by hand."""

import numpy as np

from retort.studies.discovery.pairs import folds, ordered_rightly, pairs

NAMES = ["A", "A", "A", "B", "B", "C"]
ENERGIES = np.array([0.0, 0.2, 0.25, -1.0, -1.3, 5.0])


def test_pairs_are_of_one_composition_and_far_enough_apart():
    assert pairs(NAMES, ENERGIES).tolist() == [[1, 0], [2, 0], [3, 4]]
    assert pairs(["A"], np.zeros(1)).shape == (0, 2)


def test_the_share_is_that_of_each_formula_and_a_tie_is_a_half():
    right = ordered_rightly(NAMES, ENERGIES, ENERGIES)
    assert right == {"A": 1.0, "B": 1.0}
    predicted = np.array([0.0, 1.0, -1.0, 3.0, 3.0, 9.0])
    assert ordered_rightly(NAMES, ENERGIES, predicted) == {"A": 0.5, "B": 0.5}
    assert ordered_rightly(NAMES, ENERGIES, -ENERGIES) == {"A": 0.0, "B": 0.0}


def test_sums_in_another_order_are_a_tie():
    same = np.array([1.0, 1.0 + 1e-13, 1.0, 2.0, 2.0 - 1e-13, 50.0])
    assert ordered_rightly(NAMES, ENERGIES, same) == {"A": 0.5, "B": 0.5}


def test_folds_keep_formulas_together_and_are_of_like_size():
    names = [f"f{number // 2}" for number in range(40)]
    found = folds(names, 5, 0)
    assert (found[::2] == found[1::2]).all()
    assert np.bincount(found).tolist() == [8] * 5
    assert not np.array_equal(found, folds(names, 5, 1))
