"""Every reading on a few relations that can be counted on the fingers."""

import numpy as np
import pytest

from retort.studies.scitext import readings
from retort.studies.scitext.data import Annotations, Entity, Relation, Span

A, B, C, WIDE = (0, 2), (3, 4), (5, 7), (8, 17)
GOLD = Annotations(
    entities=[Entity(*A, "Method"), Entity(*B, "Task"), Entity(*C, "Method"), Entity(*WIDE, "Material")],
    relations=[Relation(*A, *B, "USED-FOR"), Relation(*A, *C, "COMPARE"), Relation(*WIDE, *B, "PART-OF")],
    clusters=[[Span(*A), Span(*C)]],
)
NOBODY = Annotations()


def counted(found):
    return found.hits.tolist(), found.predicted.tolist(), found.gold.tolist()


def test_entities_must_agree_in_span_and_type():
    said = Annotations(
        entities=[Entity(*A, "Method", 0.9), Entity(*B, "Method", 0.8), Entity(3, 5, "Task", 0.5)]
    )
    assert counted(readings.entities([GOLD], [said])) == ([1], [3], [4])
    assert counted(readings.narrow_entities([GOLD], [said])) == ([1], [3], [3])
    assert counted(readings.entities([GOLD], [said], "Method")) == ([1], [2], [2])
    found = readings.of("entities", [GOLD], [said])
    assert float(found["f1"].value) == pytest.approx(2 / 7)
    assert float(found["f1-narrow"].value) == pytest.approx(2 / 6)
    assert float(found["precision"].value) == pytest.approx(1 / 3)
    assert float(found["recall"].value) == pytest.approx(1 / 4)


def test_a_wide_prediction_counts_in_the_wide_reading_only():
    said = Annotations(entities=[Entity(*WIDE, "Material")])
    assert counted(readings.entities([GOLD], [said])) == ([1], [1], [4])
    assert counted(readings.narrow_entities([GOLD], [said])) == ([0], [0], [3])


def test_an_entity_that_is_said_twice_counts_once():
    said = Annotations(entities=[Entity(*A, "Method", 0.9), Entity(*A, "Method", 0.2)])
    assert counted(readings.entities([GOLD], [said])) == ([1], [1], [4])


TYPED = [Entity(*A, "Method"), Entity(*B, "Metric"), Entity(*C, "Method")]
CASES = {
    # prediction: (rel, strict, symmetric, double) as (hits, predicted); gold is 3, 3, 3 and 4
    "the right one, an end with the wrong type": (
        [Relation(*A, *B, "USED-FOR")],
        [(1, 1), (0, 1), (1, 1), (1, 1)],
    ),
    "symmetric, in the order of gold": (
        [Relation(*A, *C, "COMPARE")],
        [(1, 1), (1, 1), (1, 1), (2, 2)],
    ),
    "symmetric, the other way round": (
        [Relation(*C, *A, "COMPARE")],
        [(0, 1), (0, 1), (1, 1), (2, 2)],
    ),
    "symmetric, both ways": (
        [Relation(*A, *C, "COMPARE"), Relation(*C, *A, "COMPARE")],
        [(1, 2), (1, 2), (1, 1), (2, 2)],
    ),
    "directed, the other way round": (
        [Relation(*B, *A, "USED-FOR")],
        [(0, 1), (0, 1), (0, 1), (0, 1)],
    ),
    "an end that no entity was predicted for": (
        [Relation(*WIDE, *B, "PART-OF")],
        [(1, 1), (0, 1), (1, 1), (1, 1)],
    ),
    "the wrong type": (
        [Relation(*A, *B, "PART-OF")],
        [(0, 1), (0, 1), (0, 1), (0, 1)],
    ),
    "two that overlap, the right one likelier": (
        [Relation(0, 1, *B, "USED-FOR", 0.3), Relation(*A, *B, "USED-FOR", 0.6)],
        [(1, 2), (0, 2), (1, 2), (1, 1)],
    ),
    "two that overlap, the wrong one likelier": (
        [Relation(0, 1, *B, "USED-FOR", 0.9), Relation(*A, *B, "USED-FOR", 0.6)],
        [(1, 2), (0, 2), (1, 2), (0, 1)],
    ),
    "two that share their tail alone": (
        [Relation(*C, *B, "USED-FOR", 0.9), Relation(*A, *B, "USED-FOR", 0.6)],
        [(1, 2), (0, 2), (1, 2), (1, 2)],
    ),
    "two that overlap, of two types": (
        [Relation(0, 1, *B, "PART-OF", 0.9), Relation(*A, *B, "USED-FOR", 0.6)],
        [(1, 2), (0, 2), (1, 2), (1, 2)],
    ),
}
READINGS = [
    readings.relations,
    readings.strict_relations,
    readings.symmetric_relations,
    readings.double_relations,
]


@pytest.mark.parametrize("case", CASES)
def test_relations(case):
    relations, expected = CASES[case]
    said = Annotations(entities=TYPED, relations=relations)
    for reading, (hits, predicted), gold in zip(READINGS, expected, (3, 3, 3, 4), strict=True):
        assert counted(reading([GOLD], [said])) == ([hits], [predicted], [gold]), reading.__name__


def test_a_pair_may_have_two_types_in_gold():
    gold = Annotations(relations=[Relation(*A, *B, "USED-FOR"), Relation(*A, *B, "FEATURE-OF")])
    assert counted(readings.relations([gold], [gold])) == ([2], [2], [2])


def test_symmetric_types_are_known_however_they_are_written():
    gold = Annotations(relations=[Relation(*A, *C, "Conjunction")])
    said = Annotations(relations=[Relation(*C, *A, "Conjunction")])
    assert counted(readings.double_relations([gold], [said])) == ([2], [2], [2])


def test_coreference_is_the_average_of_three():
    said = Annotations(clusters=[[Span(*A), Span(*C), Span(*B)]])
    found = {
        name: float(estimate.value) for name, estimate in readings.of("coreference", [GOLD], [said]).items()
    }
    # Key of two mentions, response of three: MUC 1/1 and 1/2, B3 (2/3 + 2/3)/3 and 1, CEAF 4/5 of one and one.
    assert found["muc"] == pytest.approx(2 / 3)
    assert found["b3"] == pytest.approx(2 * (4 / 9) / (4 / 9 + 1))
    assert found["ceafe"] == pytest.approx(0.8)
    assert found["f1"] == pytest.approx((found["muc"] + found["b3"] + found["ceafe"]) / 3)
    assert set(found) == {"f1", "precision", "recall", "muc", "b3", "ceafe"}


def test_pairs_micro_is_accuracy_and_macro_the_mean_of_types():
    gold = [Annotations(relations=[Relation(*A, *B, kind)]) for kind in ("x", "x", "x", "y")]
    said = [Annotations(pairs=[Relation(*A, *B, kind)]) for kind in ("x", "x", "y", "y")]
    found = readings.of("pairs", gold, said)
    assert float(found["f1"].value) == 0.75
    assert float(found["f1-macro"].value) == pytest.approx((0.8 + 2 / 3) / 2)
    assert readings.f1_of("pairs", gold, said) == 0.75


@pytest.mark.parametrize("target", ["entities", "relations", "coreference"])
def test_perfect_is_one_and_nothing_is_zero(target):
    assert readings.f1_of(target, [GOLD, NOBODY], [GOLD, NOBODY]) == 1
    assert readings.f1_of(target, [GOLD, NOBODY], [NOBODY, NOBODY]) == 0
    assert readings.f1_of(target, [NOBODY], [GOLD]) == 0
    for name, estimate in readings.of(target, [GOLD, NOBODY], [GOLD, NOBODY]).items():
        assert float(estimate.value) == 1, name


@pytest.mark.parametrize("target", ["entities", "relations", "coreference"])
def test_selection_and_scores_agree_and_pseudo_values_average_to_the_score(target):
    draw = np.random.default_rng(0)
    gold, said = _random(draw), _random(draw)
    found = readings.of(target, gold, said)
    assert readings.f1_of(target, gold, said) == pytest.approx(float(found["f1"].value))
    for name, estimate in found.items():
        assert estimate.pseudo_values.shape == (len(gold),)
        assert estimate.pseudo_values.mean() == pytest.approx(float(estimate.value)), name
    assert 0 < float(found["f1"].value) < 1


def _random(draw):
    """Documents with entities, relations and clusters of few spans, so that some agree."""
    spans = [Span(start, start + width) for start in range(0, 12, 3) for width in (1, 2)]
    documents = []
    for _ in range(20):
        some = [spans[place] for place in draw.permutation(len(spans))[:5]]
        documents.append(
            Annotations(
                [Entity(*span, str(draw.choice(["Method", "Task"]))) for span in some],
                [Relation(*some[0], *some[1], "COMPARE"), Relation(*some[1], *some[2], "USED-FOR")],
                [some[:2], some[2:]],
            )
        )
    return documents


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(ValueError, match="2 documents"):
        readings.f1_of("entities", [GOLD, GOLD], [GOLD])
    with pytest.raises(ValueError, match="'entity', expected"):
        readings.f1_of("entity", [GOLD], [GOLD])
