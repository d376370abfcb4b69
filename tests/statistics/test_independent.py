"""Sums of independent estimates, against the tests that everybody knows."""

import numpy as np
import pytest
from scipy import stats

from retort.statistics.components import one_way
from retort.statistics.independent import combined


def parts(*samples):
    levels = [one_way(sample) for sample in samples]
    return [[getattr(level, name) for level in levels] for name in ("value", "se", "df")]


def test_a_difference_is_that_of_welch():
    draw = np.random.default_rng(0)
    one, other = draw.normal(1, 2, 9), draw.normal(0, 1, 14)
    found = combined((1, -1), *parts(one, other))
    welch = stats.ttest_ind(one, other, equal_var=False)
    assert found.df == pytest.approx(welch.df)
    assert found.p == pytest.approx(welch.pvalue)
    assert found.interval() == pytest.approx(welch.confidence_interval())


def test_a_mean_of_equal_estimates_is_twice_as_sure_as_each_of_four():
    found = combined([0.25] * 4, [1.0, 2.0, 3.0, 4.0], [0.2] * 4, [4.0] * 4)
    assert (found.value, found.se, found.df, found.n) == pytest.approx((2.5, 0.1, 16.0, 4))


def test_what_is_not_known_of_one_is_not_known_of_the_sum():
    found = combined((0.5, 0.5), [1.0, 2.0], [0.1, None], [4.0, None])
    assert (found.value, found.se, found.low) == (1.5, None, None)
    assert combined((1, 1), [1.0, 2.0], [0.0, 0.0], [4.0, 3.0]).se == 0
