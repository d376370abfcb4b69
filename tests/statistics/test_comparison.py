"""Paired comparison, Wilcoxon and Holm."""

import numpy as np
import pytest
import scipy.stats

from retort.statistics.comparison import compare, holm, signed_rank


def test_difference_is_that_of_pairs():
    ours, theirs = [1.0, 5.0, 9.0, 4.0, 7.0], [0.5, 4.0, 7.5, 2.0, 4.5]  # differences .5 1 1.5 2 2.5
    result = compare(ours, theirs, seed=0)
    assert result.difference == pytest.approx(1.5)
    assert result.low < 1.5 < result.high
    assert result.n == 5
    assert result.p == pytest.approx(2 / 2**5)  # all positive: the smallest p five pairs can give


def test_antisymmetric():
    generator = np.random.default_rng(1)
    a, b = generator.normal(size=(2, 9))
    forth, back = compare(a, b, seed=0), compare(b, a, seed=0)
    assert forth.difference == pytest.approx(-back.difference)
    assert forth.p == back.p


def test_signed_rank_equals_scipy():
    generator = np.random.default_rng(2)
    for n in (3, 5, 12, 80):
        a, b = generator.normal(size=(2, n))
        assert signed_rank(a - b) == scipy.stats.wilcoxon(a, b).pvalue


def test_signed_rank_by_hand():
    # Ranks 1, 2, 3, 4 with the smallest negative: W- = 1; P(W <= 1) = 2/16, two-sided 0.25.
    assert signed_rank([-1, 2, 3, 4]) == pytest.approx(0.25)


def test_zero_differences():
    assert signed_rank([0.0, 0.0, 0.0]) == 1.0
    assert signed_rank([0.0, -1, 2, 3, 4]) == pytest.approx(0.25)
    result = compare([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], seed=0)
    assert (result.difference, result.low, result.p, result.note) == (0, None, 1.0, "constant")


def test_two_seeds_have_no_p():
    result = compare([0.5, 0.6], [0.1, 0.3], seed=0)
    assert (result.n, result.p, result.low, result.note) == (2, None, None, "n too small")


def test_holm_by_hand():
    # sorted .01 .02 .03 .04 times 4 3 2 1 = .04 .06 .06 .04, made non-decreasing
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.6]) == pytest.approx([1.0, 1.0])
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


def test_holm_skips_what_was_not_tested():
    assert holm([None, 0.02, None, 0.5]) == [None, pytest.approx(0.04), None, pytest.approx(0.5)]
    assert holm([None]) == [None]


def test_holm_refuses_nonsense():
    with pytest.raises(ValueError, match=r"0\.\.1"):
        holm([0.5, 1.5])
    with pytest.raises(ValueError, match=r"0\.\.1"):
        holm([0.5, float("nan")])


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="pair the runs"):
        compare([1, 2, 3], [1, 2], seed=0)
