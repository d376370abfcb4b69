"""Trimean and IQR: by hand, against the skew-normal's closed form, and on awkward input."""

import numpy as np
import pytest
from scipy.stats import skewnorm

from retort.statistics.robust import iqr, quartiles, trimean

SKEWED = skewnorm(a=-6, scale=1000)


def test_by_hand():
    values = [9, 1, 5, 3, 7]  # quartiles 3, 5, 7
    assert quartiles(values).tolist() == [3, 5, 7]
    assert trimean(values) == 5
    assert iqr(values) == 4
    assert trimean([0, 0, 0, 100]) == 6.25  # quartiles 0, 0, 25


def test_quartiles_interpolate_linearly():
    assert quartiles([1, 2, 3, 4]).tolist() == [1.75, 2.5, 3.25]


def test_closed_form_of_the_skew_normal():
    exact = SKEWED.ppf([0.25, 0.5, 0.75])
    np.testing.assert_allclose(exact, [-1150.35, -674.49, -316.84], atol=0.005)
    assert (exact[0] + 2 * exact[1] + exact[2]) / 4 == pytest.approx(-704.04, abs=0.005)
    # A fine grid of quantiles is a sample whose trimean is the distribution's.
    grid = SKEWED.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert trimean(grid) == pytest.approx(-704.04, abs=0.1)
    assert iqr(grid) == pytest.approx(833.51, abs=0.2)


def test_sample_of_the_skew_normal_within_its_sampling_error():
    n = 100_000
    sample = SKEWED.rvs(size=n, random_state=np.random.default_rng(7))
    points = SKEWED.ppf([0.25, 0.5, 0.75])
    # Asymptotic covariance of quantiles: min(p, q) - p q over n f(x) f(y).
    p, density = np.array([0.25, 0.5, 0.75]), SKEWED.pdf(points)
    covariance = (np.minimum.outer(p, p) - np.outer(p, p)) / (n * np.outer(density, density))
    weights = np.array([1, 2, 1]) / 4
    spread = np.array([-1, 0, 1])
    assert abs(trimean(sample) + 704.04) < 3 * np.sqrt(weights @ covariance @ weights)
    assert abs(iqr(sample) - 833.51) < 3 * np.sqrt(spread @ covariance @ spread)


def test_shift_and_scale():
    values = np.random.default_rng(0).lognormal(size=41)
    assert trimean(3 - 2 * values) == pytest.approx(3 - 2 * trimean(values))
    assert iqr(3 - 2 * values) == pytest.approx(2 * iqr(values))


def test_order_and_duplication_of_the_whole_sample():
    values = np.arange(101.0)
    assert trimean(values[::-1]) == trimean(values)
    assert trimean(np.tile(values, 50)) == pytest.approx(trimean(values), abs=0.5)


def test_resists_a_quarter_of_outliers():
    clean, dirty = np.arange(101.0), np.arange(101.0)
    dirty[-25:] = 1e9
    assert trimean(dirty) == trimean(clean)


def test_along_an_axis():
    table = np.array([[1, 2, 3, 4, 5], [10, 20, 30, 40, 50]])
    assert trimean(table).tolist() == [3, 30]
    assert trimean(table.T, axis=0).tolist() == [3, 30]
    assert iqr(table, axis=1).tolist() == [2, 20]


@pytest.mark.parametrize("values", [[4.0], [4.0, 4.0, 4.0]])
def test_one_value_and_ties(values):
    assert trimean(values) == 4
    assert iqr(values) == 0


@pytest.mark.parametrize("statistic", [trimean, iqr, quartiles])
def test_nan_and_empty_are_named(statistic):
    with pytest.raises(ValueError, match=r"position 1 \(nan\)"):
        statistic([1.0, float("nan")])
    with pytest.raises(ValueError, match="empty"):
        statistic([])
