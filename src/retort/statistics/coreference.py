"""How well clusters of mentions are found: MUC, B3, CEAF_e and their average, the CoNLL F1.

A cluster is a set of mentions, which may be anything that hashes, as (start, end) of a document. Key clusters are the
true ones, response clusters those of a system. All three measures are sums over documents:

- MUC counts links: a key cluster that the response breaks into m parts keeps size - m of its size - 1 links
  (M. Vilain et al., MUC-6, 1995). It sees no singletons.
- B3 counts mentions: the recall of a mention is the share of its key cluster that is in its response cluster
  (A. Bagga and B. Baldwin, LREC workshop, 1998). A mention that the other side lacks counts 0.
- CEAF_e counts clusters: key and response clusters are matched one to one so that the sum of 2 |K and R| / (|K| + |R|)
  is largest (X. Luo, HLT-EMNLP 2005, phi_4).

The CoNLL F1 is the mean of the three F1 (S. Pradhan et al., CoNLL 2012). Singletons, where there are any, count in B3
and CEAF_e as in the official scorer (v8); programs that follow AllenNLP leave them out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from retort.statistics import ratios
from retort.statistics.influence import Estimate

Clusters = Collection[Collection[Hashable]]


class Counted(NamedTuple):
    """Of one document: what recall and precision divide."""

    recalled: float
    key: float
    precise: float
    response: float


class Score(NamedTuple):
    """Of all documents: three statistics between 0 and 1 with what each document adds to them."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


def muc(key: Clusters, response: Clusters) -> Counted:
    """Links that are kept, and all there are, of both sides."""
    return Counted(*_links(key, response), *_links(response, key))


def b_cubed(key: Clusters, response: Clusters) -> Counted:
    """Sums over mentions of the share of their cluster that is found, and how many mentions there are."""
    return Counted(*_mentions(key, response), *_mentions(response, key))


def ceaf_e(key: Clusters, response: Clusters) -> Counted:
    """Similarity of the best matching of clusters, and how many clusters there are."""
    theirs, ours = [set(each) for each in key], [set(each) for each in response]
    alike = np.array(
        [[2 * len(one & other) / (len(one) + len(other)) for other in ours] for one in theirs]
    ).reshape(len(theirs), len(ours))
    total = float(alike[linear_sum_assignment(alike, maximize=True)].sum())
    return Counted(total, len(theirs), total, len(ours))


MEASURES: dict[str, Callable[[Clusters, Clusters], Counted]] = {"muc": muc, "b3": b_cubed, "ceafe": ceaf_e}


def scores(keys: Sequence[Clusters], responses: Sequence[Clusters]) -> dict[str, Score]:
    """`muc`, `b3`, `ceafe` and their average `conll` over documents, which both sides have in the same order.

    Raises:
        ValueError: no documents, or another number of them on one side.
    """
    if not keys or len(keys) != len(responses):
        raise ValueError(f"{len(keys)=} and {len(responses)=}: give both sides of the same documents.")
    found = {}
    for name, measure in MEASURES.items():
        counted = np.array([measure(*both) for both in zip(keys, responses, strict=True)], float)  # (N, 4)
        recall, precision = ratios.ratio(*counted.T[:2]), ratios.ratio(*counted.T[2:])
        found[name] = Score(precision, recall, ratios.harmonic(precision, recall))
    found["conll"] = Score(*(ratios.average(each) for each in zip(*found.values(), strict=True)))
    return found


def _places(clusters: Clusters) -> dict[Hashable, int]:
    return {mention: place for place, cluster in enumerate(clusters) for mention in cluster}


def _links(clusters: Clusters, others: Clusters) -> tuple[float, float]:
    place = _places(others)
    kept = links = 0
    for cluster in map(set, clusters):
        # Each mention that the other side lacks is a part of its own.
        parts = len({place.get(mention, ("alone", mention)) for mention in cluster})
        kept += len(cluster) - parts
        links += len(cluster) - 1
    return kept, links


def _mentions(clusters: Clusters, others: Clusters) -> tuple[float, float]:
    place, members = _places(others), [set(each) for each in others]
    shares = 0.0
    mentions = 0
    for cluster in map(set, clusters):
        shares += sum(len(cluster & members[place[m]]) / len(cluster) for m in cluster if m in place)
        mentions += len(cluster)
    return shares, mentions
