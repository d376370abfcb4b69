"""Ratios of sums: by hand, against influence.f1 and numerical derivatives, and whether their intervals cover."""

import numpy as np
import pytest

from retort.statistics import influence
from retort.statistics.components import over_items
from retort.statistics.ratios import average, harmonic, ratio

rng = np.random.default_rng(3)
N = 50
HITS = rng.poisson(3, N).astype(float)
SAID, TRUE = HITS + rng.poisson(2, N), HITS + rng.poisson(4, N)


def f1(hits, said, true):
    return harmonic(ratio(hits, said), ratio(hits, true))


def test_by_hand():
    # Precision 3 / 4, recall 3 / 6.
    hits, said, true = [1, 2, 0], [1, 2, 1], [2, 2, 2]
    assert float(ratio(hits, said).value) == 0.75
    assert float(f1(hits, said, true).value) == pytest.approx(0.6)
    # d ratio / d weight: (over - value * under) / mean of under, here 4 / 3.
    assert ratio(hits, said).influence == pytest.approx([0.1875, 0.375, -0.5625])


def test_one_numerator_is_the_plain_f1():
    ours, plain = f1(HITS, SAID, TRUE), influence.f1(HITS, SAID, TRUE)
    assert float(ours.value) == pytest.approx(float(plain.value))
    assert ours.influence == pytest.approx(plain.influence)


def test_two_numerators_against_a_numerical_derivative():
    other = HITS * rng.random(N)
    whole = harmonic(ratio(HITS, SAID), ratio(other, TRUE))
    step = 1e-6
    for i in (0, 7, N - 1):
        weights = np.full(N, 1 - step) + step * N * (np.arange(N) == i)
        moved = harmonic(ratio(weights * HITS, weights * SAID), ratio(weights * other, weights * TRUE))
        assert (float(moved.value) - float(whole.value)) / step == pytest.approx(whole.influence[i], abs=1e-4)


@pytest.mark.parametrize("estimate", [f1(HITS, SAID, TRUE), average([ratio(HITS, SAID), ratio(HITS, TRUE)])])
def test_pseudo_values_average_to_the_value(estimate):
    assert estimate.pseudo_values.mean() == pytest.approx(float(estimate.value))
    assert estimate.influence.mean() == pytest.approx(0, abs=1e-12)


def test_nothing_found_is_zero_and_moves_nothing():
    nothing = np.zeros(N)
    for estimate in (ratio(nothing, nothing), f1(nothing, SAID, TRUE), f1(nothing, nothing, TRUE)):
        assert float(estimate.value) == 0
        assert not estimate.influence.any()


def test_impossible_items_are_refused():
    with pytest.raises(ValueError, match="one number of both"):
        ratio([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="empty"):
        ratio([], [])
    with pytest.raises(ValueError, match="non-finite"):
        ratio([np.nan], [1])
    with pytest.raises(ValueError, match="no statistics"):
        average([])


def test_intervals_over_documents_cover():
    """F1 of 100 documents that differ in length and difficulty, as SciERC's test part has, 1,000 times."""
    draws, covered = 1000, 0
    rng = np.random.default_rng(11)

    def documents(n):
        true = 1 + rng.negative_binomial(4, 0.2, n)
        found = rng.binomial(true, rng.beta(6, 4, n))
        return found.astype(float), (found + rng.poisson(true * 0.3)).astype(float), true.astype(float)

    truth = float(f1(*documents(400_000)).value)
    for _ in range(draws):
        level = over_items(f1(*documents(100)).pseudo_values)
        covered += level.low <= truth <= level.high
    assert 0.93 <= covered / draws <= 0.97
