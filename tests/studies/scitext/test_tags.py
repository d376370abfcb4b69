"""Tags and entities, there and back, on what tags can say and what they cannot."""

import numpy as np
import pytest

from retort.studies.scitext.data import Annotations, Document, Entity
from retort.studies.scitext.tags import Scheme

SCHEME = Scheme(["Method", "Task"])  # O, B-Method, I-Method, B-Task, I-Task


def document(*entities):
    return Document("d", [["a", "b", "c", "d"], ["e", "f"]], Annotations(entities=entities))


def test_there_and_back():
    given = [Entity(0, 2, "Method"), Entity(2, 3, "Method"), Entity(4, 6, "Task")]
    tags, lost = SCHEME.encode(document(*given))
    assert [each.tolist() for each in tags] == [[1, 2, 1, 0], [3, 4]]
    assert lost == 0
    back = [
        e
        for each, offset in zip(tags, (0, 4), strict=True)
        for e in SCHEME.decode(each, np.ones(len(each)), offset)
    ]
    assert back == given


def test_of_entities_that_overlap_the_widest_stays():
    tags, lost = SCHEME.encode(document(Entity(1, 2, "Task"), Entity(0, 3, "Method"), Entity(2, 4, "Task")))
    assert tags[0].tolist() == [1, 2, 2, 0]
    assert lost == 2


def test_an_inside_without_a_beginning_begins():
    chances = np.array([0.9, 0.8, 0.7, 0.6])
    found = SCHEME.decode(np.array([2, 2, 4, 1]), chances, 10)
    assert found == [
        Entity(10, 12, "Method", 0.8),
        Entity(12, 13, "Task", 0.7),
        Entity(13, 14, "Method", 0.6),
    ]


def test_what_may_follow_what():
    allowed = SCHEME.allowed
    assert allowed[1, 2]
    assert allowed[2, 2]
    assert not allowed[0, 2]
    assert not allowed[3, 2]
    assert not allowed[4, 2]
    assert allowed[:, 1].all()
    assert SCHEME.first.tolist() == [True, True, False, True, False]


def test_an_unknown_type_is_named():
    with pytest.raises(ValueError, match="type 'Metric', expected one of Method, Task"):
        SCHEME.encode(document(Entity(0, 1, "Metric")))
