"""What a sound document is, and what is said of one that is not."""

import pytest

from retort.datasets import documents
from retort.datasets.documents import DOCUMENTS, DocumentError, check, document, entity, mentions, relation
from retort.datasets.errors import SchemaError

SENTENCES = [["Sparse", "coding", "wins"], ["It", "labels", "images"]]


def sound(**changes):
    parts = {
        "entities": [entity(0, 2, "Method"), entity(3, 4, "Generic"), entity(5, 6, "Material")],
        "relations": [relation((3, 4), (5, 6), "USED-FOR")],
        "clusters": [mentions([(0, 2), (3, 4)])],
    }
    return document("a", changes.pop("sentences", SENTENCES), **parts | changes)


def test_words_and_bounds_number_the_document():
    assert documents.words(SENTENCES)[3] == "It"
    assert documents.bounds(SENTENCES) == [(0, 3), (3, 6)]
    assert documents.bounds([]) == []


def test_a_relation_points_from_head_to_tail():
    assert documents.spans_of(relation((3, 4), (5, 6), "R")) == ((3, 4), (5, 6))


@pytest.mark.parametrize(
    ("changes", "value", "reason"),
    [
        ({"sentences": []}, "sentences", "no sentence"),
        ({"sentences": [["a"], []]}, "sentence 1", "no words"),
        ({"sentences": [["a", ""]]}, "sentence 0: ''", "empty or holds a blank"),
        ({"sentences": [["a b"]]}, "sentence 0: 'a b'", "empty or holds a blank"),
        ({"entities": [entity(2, 2, "T")]}, "entity 'T' [2, 2]", "start < end <= 6"),
        ({"entities": [entity(-1, 2, "T")]}, "entity 'T' [-1, 2]", "0 <= start"),
        ({"entities": [entity(5, 7, "T")]}, "entity 'T' [5, 7]", "<= 6, the number of words"),
        (
            {"entities": [entity(2, 4, "T")]},
            "entity 'T' [2, 4]",
            "begins in sentence 0 and ends in sentence 1",
        ),
        ({"entities": [entity(0, 1, "T")] * 2}, "entity [0, 1, 'T']", "twice"),
        ({"relations": [relation((0, 1), (3, 4), "R")]}, "relation 'R' [0, 1] [3, 4]", "two sentences"),
        ({"relations": [relation((0, 1), (1, 9), "R")]}, "relation 'R', tail [1, 9]", "<= 6"),
        ({"relations": [relation((0, 1), (1, 2), "R")] * 2}, "relation [0, 1, 1, 2, 'R']", "twice"),
        ({"clusters": [[]]}, "cluster 0", "no mentions"),
        (
            {"clusters": [mentions([(0, 1)]), mentions([(1, 4)])]},
            "cluster 1, mention [1, 4]",
            "ends in sentence 1",
        ),
        ({"clusters": [mentions([(0, 1)]), mentions([(0, 1)])]}, "mention [0, 1]", "twice"),
    ],
)
def test_an_unsound_document_names_what_is_wrong(changes, value, reason):
    with pytest.raises(DocumentError) as caught:
        check(sound(**changes))
    assert caught.value.value == value
    assert reason in caught.value.reason


def test_entities_may_lie_within_others_and_share_their_words():
    check(sound(entities=[entity(0, 2, "Method"), entity(1, 2, "Method"), entity(0, 2, "Task")]))


def test_unsound_documents_become_rejects_that_name_document_and_span():
    bad = sound(entities=[entity(2, 4, "T")]) | {"id": "b"}
    prepared = documents.prepare([("f.json", 1, sound()), ("f.json", 2, bad)], [("g", 0, "v", "read before")])
    assert dict(prepared.rows.schema) == dict(DOCUMENTS)
    assert prepared.rows["id"].to_list() == ["a"]
    assert prepared.rows["clusters"].to_list() == [[[{"start": 0, "end": 2}, {"start": 3, "end": 4}]]]
    assert prepared.rejects.rows() == [
        ("g", 0, "v", "read before"),
        ("f.json", 2, "b: entity 'T' [2, 4]", "it begins in sentence 0 and ends in sentence 1"),
    ]


def test_no_document_and_one_id_for_two_are_refused():
    with pytest.raises(SchemaError, match="no rows"):
        documents.prepare([])
    with pytest.raises(SchemaError, match="more than once"):
        documents.prepare([("f", 1, sound()), ("f", 2, sound())])
