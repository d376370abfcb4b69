"""What calibration rows say: hand-worked sets of classes, their coverage, and the edge of what is known."""

import numpy as np
import pytest

from retort.statistics.asked import class_sets, edge


def test_the_edge_is_the_similarity_of_one_row_in_a_hundred():
    assert edge(np.arange(1, 201) / 200) == pytest.approx(2 / 200)  # the second of 200, and one is below it
    assert edge([0.3]) == 0.3


def test_a_class_is_left_out_where_too_few_of_its_rows_were_as_far_off():
    # Ten rows of class 0 at 0 to 9, ten of class 1 at 5 to 14. A score of 9 is as far from 0 as one row is: 2 / 11.
    scores = np.concatenate([np.arange(10), np.arange(5, 15)])
    labels = np.repeat([0, 1], 10)
    found = class_sets(scores, labels, [9.0, 9.5, 5.0, 4.5, -1.0], 0.9)
    assert found.tolist() == [[True, True], [False, True], [True, True], [True, False], [True, False]]
    # At 80 %, where a class needs more than two in ten.
    assert class_sets(scores, labels, [9.0, 8.0], 0.8).tolist() == [[False, True], [True, True]]


def test_a_class_without_rows_is_never_left_out():
    assert class_sets([1.0, 2.0], [0, 0], [99.0, -99.0], 0.5).tolist() == [[False, True], [True, True]]


def test_the_right_class_is_held_as_often_as_promised():
    draw = np.random.default_rng(0)
    held = []
    for _ in range(300):
        labels = draw.integers(0, 2, 60)
        scores = draw.normal(labels)
        found = class_sets(scores[:40], labels[:40], scores[40:], 0.8)
        held.append(found[np.arange(20), labels[40:]].mean())
    assert 0.8 <= np.mean(held) <= 0.88
