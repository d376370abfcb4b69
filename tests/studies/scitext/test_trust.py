"""How often findings were right on validation, by their score."""

import pytest

from retort.studies.scitext.data import Annotations, Entity, Relation
from retort.studies.scitext.trust import ALIKE, LEAST, Right, Trust


def test_a_finding_is_right_with_span_and_type():
    gold = [
        Annotations([Entity(0, 2, "Task"), Entity(3, 4, "Method")], [Relation(0, 2, 3, 4, "Used-for")]),
        Annotations([Entity(0, 2, "Method")]),
    ]
    said = [
        Annotations(
            [Entity(0, 2, "Task", 0.9), Entity(3, 4, "Task", 0.4), Entity(3, 5, "Method", 0.6)],
            [Relation(3, 4, 0, 2, "Used-for", 0.7), Relation(0, 2, 3, 4, "Used-for", 0.8)],
        ),
        # The same words in another document.
        Annotations([Entity(0, 2, "Task", 0.5)]),
    ]
    trust = Trust.of("entities", gold, said)
    assert (trust.scores, trust.right) == ([0.4, 0.5, 0.6, 0.9], [False, False, False, True])
    trust = Trust.of("relations", gold, said)
    assert (trust.scores, trust.right) == ([0.7, 0.8], [False, True])


def test_those_with_the_nearest_scores_are_asked():
    low, high = [0.1 + 0.001 * number for number in range(80)], [0.8] * 70
    trust = Trust([*low, *high], [number % 4 == 0 for number in range(80)] + [True] * 63 + [False] * 7)
    assert trust(0.1) == Right(sum(number % 4 == 0 for number in range(ALIKE)), ALIKE)
    # Equal scores cannot be told apart: all of them, not those that happen to stand first.
    assert trust(0.9) == Right(63, 70)
    assert trust(0.8).share == pytest.approx(0.9)


def test_of_few_nothing_is_said():
    few = LEAST - 1
    assert Trust([0.5] * few, [True] * few)(0.5) is None
    assert Trust([0.5] * LEAST, [True] * LEAST)(0.5) == Right(LEAST, LEAST)
