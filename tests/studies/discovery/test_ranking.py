"""The source's ranking by hand, and its discounted gain."""

from math import log2

import numpy as np
import pytest

from retort.studies.discovery.ranking import compared, differences, gains, shared

SPREAD = np.array([1.0, 1.0])


def test_the_difference_is_relative_to_the_query_and_a_mean_over_properties():
    query, others = np.array([2.0, -4.0]), np.array([[1.0, -4.0], [2.0, 4.0]])
    used = compared(query, SPREAD)
    assert differences(query, others, used).tolist() == [(0.5 + 0) / 2, (0 + 2) / 2]


def test_what_the_query_has_next_to_nothing_of_is_left_out():
    query = np.array([0.01, 2.0])
    used = compared(query, SPREAD)
    assert used.tolist() == [False, True]
    assert differences(query, np.array([[100.0, 3.0]]), used).tolist() == [0.5]
    assert differences(query, np.array([[100.0, 3.0]]), used & False).tolist() == [0.0]


def test_gain_by_hand(monkeypatch):
    """One relevant row of three: at rank 1, at rank 3, and among three equal ones."""
    monkeypatch.setattr("retort.studies.discovery.ranking.NEAREST", 1)
    truth = np.array([[1.0], [1.1], [2.0], [4.0]])
    names = np.array(["a", "b", "c", "d"])
    assert gains(truth, truth, names).tolist() == [1, 1, 1, 1]
    wrong = np.array([[1.0], [9.0], [2.0], [4.0]])  # b is the farthest of a, not the nearest
    assert gains(truth, wrong, names)[0] == pytest.approx(1 / log2(4))
    same = np.ones((4, 1))
    chance = (1 / log2(2) + 1 / log2(3) + 1 / log2(4)) / 3
    assert gains(truth, same, names) == pytest.approx([chance] * 4)


def test_the_ideal_sum_has_no_more_places_than_there_are_others():
    truth = np.arange(1.0, 6)[:, None]
    assert gains(truth, truth[::-1], np.arange(5)).tolist() == pytest.approx([1.0] * 5)


def test_the_querys_own_material_is_no_find(monkeypatch):
    monkeypatch.setattr("retort.studies.discovery.ranking.NEAREST", 1)
    truth = np.array([[1.0], [1.01], [1.5], [3.0]])
    said = np.array([[1.0], [5.0], [1.5], [3.0]])
    names = np.array(["a", "a", "b", "c"])
    assert gains(truth, said, names)[0] == 1
    assert gains(truth, said, np.arange(4))[0] == pytest.approx(1 / log2(4))


def test_a_query_without_anything_measured_is_none():
    truth = np.array([[0.0], [1.0], [2.0]])
    assert np.isnan(gains(truth, truth, np.arange(3))).tolist() == [True, False, False]


def test_equal_ones_share_what_their_ranks_add():
    found = shared(np.array([2.0, 1.0, 2.0]))
    assert found == pytest.approx([(1 / log2(3) + 1 / log2(4)) / 2, 1, (1 / log2(3) + 1 / log2(4)) / 2])
