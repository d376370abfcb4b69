"""Uncertainty against closed forms: scipy's normal distribution, integrals, and scales that are known."""

import numpy as np
import pytest
from scipy import integrate, stats

from retort.statistics.uncertainty import (
    LEFT_OUT,
    crps,
    half_width,
    likely_scale,
    miscalibration_area,
    needed_level,
    nll,
    observed_coverage,
    sparsification,
    spearman,
)

SIGMA = np.array([0.2, 1.0, 3.0])
ERRORS = np.array([-0.5, 0.0, 4.0])


def quantile_sample(n: int) -> np.ndarray:
    """n numbers whose distribution function is that of the standard normal as closely as n steps can be."""
    return stats.norm.ppf((np.arange(n) + 0.5) / n)


def test_intervals_of_the_normal_distribution():
    assert half_width([0.5, 0.9, 0.95]) == pytest.approx([0.67449, 1.64485, 1.95996], abs=1e-5)
    assert half_width(0.0) == 0


def test_nll_is_that_of_the_distribution():
    assert nll(ERRORS, SIGMA) == pytest.approx(-stats.norm(scale=SIGMA).logpdf(ERRORS))


def test_a_constant_gaussian_fitted_to_the_values_has_the_entropy_of_its_spread():
    values = np.random.default_rng(0).normal(30, 27, 1000)
    found = nll(values - values.mean(), np.full(1000, values.std())).mean()
    assert found == pytest.approx(0.5 * np.log(2 * np.pi * np.e * values.var()))


@pytest.mark.parametrize("row", range(3))
def test_crps_is_the_integral_that_defines_it(row):
    error, sigma = ERRORS[row], SIGMA[row]

    def squared(x):
        return (stats.norm.cdf(x, scale=sigma) - (x >= error)) ** 2

    whole = integrate.quad(squared, -40, 40, points=[error, 0], limit=400)[0]
    assert crps(error, sigma) == pytest.approx(whole, abs=1e-7)


def test_crps_of_a_sure_prediction_is_its_absolute_error():
    assert crps(ERRORS, np.full(3, 1e-9)) == pytest.approx(np.abs(ERRORS), abs=1e-8)


def test_half_the_sigma_covers_59_percent_of_what_90_should():
    errors = quantile_sample(20_001)
    expected = 2 * stats.norm.cdf(stats.norm.ppf(0.95) / 2) - 1
    assert expected == pytest.approx(0.589, abs=5e-4)
    found = observed_coverage(errors, np.full(len(errors), 0.5), [0.9])
    assert found == pytest.approx([expected], abs=1e-3)
    assert observed_coverage(errors, np.ones(len(errors)), [0.5, 0.9]) == pytest.approx([0.5, 0.9], abs=1e-3)


@pytest.mark.parametrize("scale", [0.1, 0.5, 1.0, 2.0, 50.0])
def test_miscalibration_of_sigmas_that_are_all_too_large(scale):
    errors = quantile_sample(20_000)
    found = miscalibration_area(errors, np.full(len(errors), scale))
    assert found == pytest.approx(abs(np.arctan(scale) * 2 / np.pi - 0.5), abs=1e-4)


def test_miscalibration_area_is_exact_for_few_items():
    levels = np.array([0.2, 0.2, 0.9])  # a staircase of heights 0, 2/3 and 1
    errors = half_width(levels) * 2
    assert needed_level(errors, np.full(3, 2.0)) == pytest.approx(levels)
    whole = integrate.quad(
        lambda p: abs((levels <= p).mean() - p), 0, 1, points=[0.2, 2 / 3, 0.9], limit=200
    )[0]
    assert miscalibration_area(errors, np.full(3, 2.0)) == pytest.approx(whole, abs=1e-9)
    # One item that no interval holds, and one that all hold.
    assert miscalibration_area([1e9], [1.0]) == pytest.approx(0.5)
    assert miscalibration_area([0.0], [1.0]) == pytest.approx(0.5)


def test_spearman_against_scipy_with_ties():
    draw = np.random.default_rng(1)
    errors, sigma = draw.normal(size=80).round(1), draw.integers(1, 6, 80).astype(float)
    assert spearman(errors, sigma) == pytest.approx(stats.spearmanr(np.abs(errors), sigma).statistic)
    assert spearman([-1, 2, -3], [1, 2, 3]) == pytest.approx(1)
    assert spearman([-1, 2, -3], [3, 2, 1]) == pytest.approx(-1)
    with pytest.raises(ValueError, match="nothing is ranked"):
        spearman([1, 2, 3], [1, 1, 1])


def test_sparsification_by_hand():
    errors = [1.0, -4.0, 2.0, 3.0]
    left_out = [0, 0.25, 0.5, 0.75]
    assert sparsification(errors, np.abs(errors), left_out) == pytest.approx([2.5, 2.0, 1.5, 1.0])
    assert sparsification(errors, [2, 1, 3, 4], left_out) == pytest.approx([2.5, 7 / 3, 2.5, 4.0])
    # No doubt at all: random order, so the mean whatever is left out; ties of two share their mean.
    assert sparsification(errors, np.ones(4), left_out) == pytest.approx([2.5] * 4)
    assert sparsification(errors, [1, 1, 2, 2], left_out) == pytest.approx([2.5, 2.5, 2.5, 2.5])
    assert sparsification(errors, [1, 2, 1, 2], left_out) == pytest.approx([2.5, 6.5 / 3, 1.5, 1.5])
    assert sparsification([5.0], [1.0]) == pytest.approx([5.0] * len(LEFT_OUT))


def test_the_oracle_is_below_every_other_order():
    draw = np.random.default_rng(2)
    errors = draw.normal(size=300)
    best = sparsification(errors, np.abs(errors))
    for doubt in (draw.random(300), np.abs(errors) + draw.random(300), -np.abs(errors)):
        assert (best <= sparsification(errors, doubt) + 1e-12).all()
    # Half-normal errors: of the lower half the mean is (phi(0) - phi(q)) / (1/2 / 2) with q the upper quartile.
    many = quantile_sample(100_000)
    half = (stats.norm.pdf(0) - stats.norm.pdf(stats.norm.ppf(0.75))) / 0.25
    assert sparsification(many, np.abs(many), [0.5]) == pytest.approx([half], abs=1e-4)


def test_one_number_repairs_sigmas_that_are_all_too_small():
    draw = np.random.default_rng(3)
    sigma = draw.uniform(0.5, 2, 5000)
    errors = draw.normal(scale=sigma)
    scale = likely_scale(errors, sigma / 3)
    assert scale == pytest.approx(3 * likely_scale(errors, sigma))
    assert scale == pytest.approx(3, rel=0.03)
    # It is the minimum of the likelihood among all such numbers.
    around = [nll(errors, sigma / 3 * scale * factor).mean() for factor in (0.99, 1, 1.01)]
    assert min(around) == around[1]
    assert spearman(errors, sigma / 3 * scale) == pytest.approx(spearman(errors, sigma))


def test_what_cannot_be_a_sigma():
    with pytest.raises(ValueError, match=r"1 sigma\(s\) are not above zero"):
        nll([1, 2], [1, 0])
    with pytest.raises(ValueError, match="non-finite"):
        crps([1, np.nan], [1, 1])
