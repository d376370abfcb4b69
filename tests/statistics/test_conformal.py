"""Conformal intervals: exact coverage where it is known, and the plain forms as special cases of the grouped ones."""

import numpy as np
import pytest

from retort.statistics.conformal import conformal_quantile, cross_intervals, group_weights


def group_quantile(scores, groups, level):
    """The half width of an interval around the prediction of one model, which saw none of these groups."""
    return cross_intervals([[0.0]], [[1.0]], scores, np.zeros(len(scores), int), groups, level)[1][0]


def test_the_rank_by_hand():
    scores = [5, 1, 4, 2, 3, 9, 8, 7, 6]  # n = 9
    assert conformal_quantile(scores, 0.9) == 9
    assert conformal_quantile(scores, 0.5) == 5
    assert conformal_quantile(scores, 0.51) == 6
    assert conformal_quantile(scores, 0.91) == np.inf


@pytest.mark.parametrize(("n", "level"), [(9, 0.9), (19, 0.9), (25, 0.9), (12, 0.5)])
def test_coverage_is_as_the_ranks_say(n, level):
    draw = np.random.default_rng(0)
    rows = draw.standard_exponential((20_000, n + 1))
    held = [row[-1] <= conformal_quantile(row[:-1], level) for row in rows]
    expected = np.ceil(np.round((n + 1) * level, 9)) / (n + 1)
    assert np.mean(held) == pytest.approx(expected, abs=0.008)


def test_weights_of_groups():
    weights = group_weights(["a", "b", "a", "a", "c"])
    assert weights == pytest.approx([1 / 12, 1 / 4, 1 / 12, 1 / 12, 1 / 4])
    assert weights.sum() == pytest.approx(3 / 4)


def test_each_row_a_group_is_the_plain_quantile():
    scores = np.random.default_rng(1).random(30)
    for level in (0.5, 0.8, 0.9, 0.96, 0.98):
        assert group_quantile(scores, np.arange(30), level) == conformal_quantile(scores, level)


def test_a_large_group_counts_no_more_than_a_small_one():
    scores, groups = [1.0] * 98 + [2.0, 3.0], [0] * 98 + [1, 2]
    assert group_quantile(scores, groups, 0.6) == 3
    assert conformal_quantile(scores, 0.9) == 1


def test_rows_of_new_groups_are_held_where_plain_intervals_lose_them():
    """Errors with a spread of their own in each group: nine rows in ten of a new group, on average over groups."""
    draw = np.random.default_rng(2)
    grouped, plain = [], []
    for _ in range(1500):
        spread = draw.lognormal(sigma=1.0, size=18)
        scores = np.abs(draw.normal(size=(18, 20))) * spread[:, None]
        seen, groups = scores[:17].ravel(), np.repeat(np.arange(17), 20)
        grouped.append((scores[17] <= group_quantile(seen, groups, 0.9)).mean())
        plain.append((scores[17] <= conformal_quantile(seen, 0.9)).mean())
    assert 0.89 < np.mean(grouped) < 0.96
    assert np.mean(plain) < np.mean(grouped)


def test_one_model_gives_the_plain_interval():
    draw = np.random.default_rng(3)
    scores, new = draw.random(40), draw.normal(size=7)
    low, high = cross_intervals(
        new[None], np.full((1, 7), 2.0), scores, np.zeros(40, int), np.arange(40), 0.9
    )
    half = 2 * conformal_quantile(scores, 0.9)
    assert low == pytest.approx(new - half)
    assert high == pytest.approx(new + half)


def test_models_that_disagree_widen_the_interval():
    scores, folds, groups = np.full(20, 1.0), np.arange(20) % 2, np.arange(20)
    alike = cross_intervals([[5.0], [5.0]], np.ones((2, 1)), scores, folds, groups, 0.9)
    apart = cross_intervals([[3.0], [9.0]], np.ones((2, 1)), scores, folds, groups, 0.9)
    assert [float(end[0]) for end in alike] == pytest.approx([4, 6])
    assert [float(end[0]) for end in apart] == pytest.approx([2, 10])


def test_too_few_groups_know_nothing():
    low, high = cross_intervals([[0.0]], [[1.0]], [1.0] * 8, [0] * 8, range(8), 0.9)
    assert low[0] == -np.inf
    assert high[0] == np.inf


def test_cross_intervals_hold_a_model_that_learns_from_few_rows():
    """The mean of what is in the other folds predicts normal values: at least 80 % is proved, about 90 % is held."""
    draw = np.random.default_rng(4)
    held = []
    for _ in range(2000):
        values = draw.normal(size=31)
        folds = np.arange(30) % 5
        means = np.array([values[:30][folds != fold].mean() for fold in range(5)])
        scores = np.abs(values[:30] - means[folds])
        low, high = cross_intervals(means[:, None], np.ones((5, 1)), scores, folds, np.arange(30), 0.9)
        held.append(low[0] <= values[30] <= high[0])
    assert np.mean(held) == pytest.approx(0.905, abs=0.02)
