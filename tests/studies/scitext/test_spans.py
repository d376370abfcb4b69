"""Spans: linear layers taken apart give what they give whole; the best are kept, in order."""

import pytest
import torch

from retort.studies.scitext.spans import (
    PairPerceptron,
    Perceptron,
    SpanVectors,
    counted_out,
    keep,
    places_within,
)
from tests.studies.scitext.span_by_span import perceptron


@pytest.fixture
def spans() -> SpanVectors:
    torch.manual_seed(0)
    first = torch.tensor([0, 0, 0, 1, 1, 2, 3, 3, 4])
    last = torch.tensor([0, 1, 2, 1, 2, 2, 3, 4, 4])
    return SpanVectors(torch.randn(5, 4), torch.randn(3, 2), first, last)


@pytest.mark.parametrize("changed", [[], [1, 4, 8]])
def test_a_perceptron_of_spans_is_that_of_their_vectors(spans, changed):
    if changed:
        others = torch.randn(len(changed), 10)
        before = spans.rows(torch.arange(9))
        spans = spans.replaced(torch.tensor(changed), others)
        torch.testing.assert_close(spans.rows(torch.tensor(changed)), others)
        kept = [number for number in range(9) if number not in changed]
        torch.testing.assert_close(spans.rows(torch.tensor(kept)), before[kept])
    rows = spans.rows(torch.arange(9))
    assert rows.shape == (9, 10)
    if not changed:
        torch.testing.assert_close(rows[4], torch.cat([spans.words[1], spans.words[2], spans.widths[1]]))
    module = Perceptron(10, 3, hidden=7, layers=3, dropout=0.0)
    torch.nn.init.normal_(module.first.bias)
    torch.testing.assert_close(module.of_spans(spans), module(rows))
    torch.testing.assert_close(module(rows)[2], perceptron(module, rows[2]))


def test_pairs_are_scored_as_their_concatenation():
    torch.manual_seed(0)
    module = PairPerceptron(4, 2, 3, (7, 2, 0.0))
    torch.nn.init.normal_(module.first.bias)
    vectors, besides = torch.randn(5, 4), torch.randn(2, 2)
    one, other, kind = torch.tensor([1, 4, 2]), torch.tensor([0, 2, 2]), torch.tensor([0, 1, 1])
    found = module.on_pairs(vectors, one, other, module.of_besides(besides).index_select(0, kind))
    left, right = vectors[one], vectors[other]
    torch.testing.assert_close(found, module(torch.cat([left, right, left * right, besides[kind]], dim=1)))


def test_both_orders_of_a_pair_are_scored_at_once():
    torch.manual_seed(0)
    module = PairPerceptron(4, 0, 3, (7, 2, 0.0))
    torch.nn.init.normal_(module.first.bias)
    vectors, one, other = torch.randn(4, 4), torch.tensor([0, 0, 2]), torch.tensor([1, 2, 3])
    found = module.in_both_orders(vectors, one, other)
    head, tail = torch.tensor([0, 1, 2, 3, 0, 0, 2, 1, 2, 3]), torch.tensor([0, 1, 2, 3, 1, 2, 3, 0, 0, 2])
    torch.testing.assert_close(found, module.on_pairs(vectors, head, tail))
    assert not torch.allclose(found[4], found[7])  # the order matters


def test_dropout_and_gradient_of_a_perceptron():
    torch.manual_seed(0)
    module = Perceptron(4, 2, hidden=50, layers=2, dropout=0.5)
    values = torch.randn(6, 4, requires_grad=True)
    assert not torch.equal(module(values), module(values))
    module.eval()
    assert torch.equal(module(values), module(values))
    assert torch.autograd.gradcheck(module.double(), values.detach().double().requires_grad_())


def test_the_best_of_every_group_are_kept_in_order():
    scores = torch.tensor([0.1, 0.9, 0.9, 0.5, -1.0, -2.0, 3.0, 3.0])
    group = torch.tensor([0, 0, 0, 0, 2, 2, 3, 3])
    # Of equal ones the earlier; all of a group that has fewer than it may keep; nothing of an empty one.
    assert keep(scores, group, torch.tensor([2, 4, 5, 1])).tolist() == [1, 2, 4, 5, 6]
    assert keep(scores, group, torch.tensor([1, 4, 1, 0])).tolist() == [1, 4]
    empty = torch.zeros(0, dtype=torch.long)
    assert keep(torch.zeros(0), empty, torch.tensor([3])).tolist() == []


def test_places_and_counts():
    place, size = places_within(torch.tensor([0, 0, 0, 3, 3, 4]))
    assert place.tolist() == [0, 1, 2, 0, 1, 0]
    assert size.tolist() == [3, 3, 3, 2, 2, 1]
    number, time = counted_out(torch.tensor([2, 0, 3]))
    assert number.tolist() == [0, 0, 2, 2, 2]
    assert time.tolist() == [0, 1, 0, 1, 2]
