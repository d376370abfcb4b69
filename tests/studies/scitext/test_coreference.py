"""Coreference: buckets of distances, the loss by hand, and clusters from links."""

import math

import pytest
import torch

from retort.studies.scitext.coreference import Antecedents, buckets, clusters, coreference_loss
from retort.studies.scitext.examples import Batch

INF = math.inf


def found(scores: list[list[float]]) -> Antecedents:
    """Four kept spans 2, 3, 5, 7 of one document, all pairs of them."""
    one = torch.tensor([1, 2, 2, 3, 3, 3])
    other = torch.tensor([0, 1, 0, 2, 1, 0])
    return Antecedents(
        torch.tensor([2, 3, 5, 7]), one, other, one - other, torch.tensor(scores), torch.zeros(4, 1)
    )


def batch(cluster: list[int]) -> Batch:
    nothing = torch.zeros(0, dtype=torch.long)
    fields = dict.fromkeys(
        ("word", "first", "last", "sentence", "document", "sentence_words", "document_words", "entity"),
        nothing,
    )
    return Batch(groups=[], words=9, relations=nothing, cluster=torch.tensor(cluster), offsets=[0], **fields)


def test_distances_are_told_apart_as_in_allennlp():
    distance = torch.tensor([1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 63, 64, 100])
    assert buckets(distance).tolist() == [1, 2, 3, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]


def test_the_loss_by_hand():
    two, three = math.log(2), math.log(3)
    scores = [
        [0, -INF, -INF, -INF],  # nothing before it: none is right, with certainty
        [0, two, -INF, -INF],  # 2/3 for the first, which is right
        [0, two, three, -INF],  # 2/6 for the second, 3/6 for the first; both are right
        [0, two, three, 0],  # in no cluster: 1/7 for none
    ]
    # Spans 2, 3, 5 are of one cluster.
    loss = coreference_loss(found(scores), batch([0, 2, 1, 1, 0, 1, 0, 0]))
    assert float(loss) == pytest.approx(-math.log(2 / 3) - math.log(5 / 6) - math.log(1 / 7))
    # The first mention of a cluster that was kept has no antecedent there.
    loss = coreference_loss(found(scores), batch([0, 0, 0, 1, 0, 1, 0, 0]))
    assert float(loss) == pytest.approx(-math.log(1 / 3) - math.log(2 / 6) - math.log(1 / 7))


def test_clusters_follow_the_likeliest_links():
    # 3 -> 2; 5 -> none; 7 -> 3 by its second nearest.
    scores = [[0, -INF, -INF, -INF], [0, 1, -INF, -INF], [0, -1, -2, -INF], [0, 1, 2, -1]]
    assert clusters(found(scores)) == [[2, 3, 7]]
    # 3 -> none; 5 -> 2; 7 -> 3.
    scores = [[0, -INF, -INF, -INF], [0, -1, -INF, -INF], [0, -1, 2, -INF], [0, -1, 2, -1]]
    assert clusters(found(scores)) == [[2, 5], [3, 7]]
    scores = [[0, -INF, -INF, -INF], [0, -1, -INF, -INF], [0, -1, -2, -INF], [0, -1, -2, -1]]
    assert clusters(found(scores)) == []
