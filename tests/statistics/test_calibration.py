"""Sigmas of a Laplace distribution against scipy's."""

import math

import numpy as np
import pytest
from scipy import stats

from retort.statistics.calibration import LEVELS, half_width, log_likelihood, observed_coverage

SIGMA = np.array([0.2, 1.0, 3.0])


def laplace(sigma):
    return stats.laplace(scale=sigma / math.sqrt(2))


def test_sigma_is_the_standard_deviation_of_the_distribution():
    assert laplace(SIGMA).std() == pytest.approx(SIGMA)


def test_intervals_hold_their_share():
    levels = np.linspace(0, 0.99, 12)
    half = half_width(levels)[:, None] * SIGMA
    held = laplace(SIGMA).cdf(half) - laplace(SIGMA).cdf(-half)
    assert held == pytest.approx(np.broadcast_to(levels[:, None], held.shape))


def test_the_likelihood_is_that_of_the_distribution():
    error = np.linspace(-4, 4, 9)[:, None]
    assert log_likelihood(error, SIGMA) == pytest.approx(laplace(SIGMA).logpdf(error))


def test_true_sigmas_are_calibrated_and_small_ones_are_not():
    draw = np.random.default_rng(0)
    sigma = draw.uniform(0.5, 2, 40_000)
    errors = np.abs(draw.laplace(scale=sigma / np.sqrt(2)))
    np.testing.assert_allclose(observed_coverage(errors, sigma, LEVELS), LEVELS, atol=0.01)
    assert (observed_coverage(errors, sigma / 2, LEVELS) < LEVELS).all()
