"""Does a predicted sigma say how far off a prediction is?

Errors are taken to be Laplace-distributed with the standard deviation sigma. Intervals are narrower in the middle and
wider in the tails than those of a normal distribution: 68 % within 0.81 sigma, 95 % within 2.12.
"""

import math

import numpy as np

# The central intervals of the calibration curve.
LEVELS = np.round(np.arange(0.05, 1.0, 0.05), 2)


def half_width(level: np.ndarray | float) -> np.ndarray:
    """Half the width, in sigmas, of the central interval that holds the share `level` in [0, 1) of all values."""
    return -np.log1p(-np.asarray(level, dtype=np.float64)) / math.sqrt(2)


def log_likelihood(error: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Log of the density at the value, for `error` = value - mean; natural units of 1 / (unit of the value)."""
    return -math.sqrt(2) * np.abs(error) / sigma - np.log(math.sqrt(2) * sigma)


def observed_coverage(errors: np.ndarray, sigma: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Share of the records (N,) whose absolute error lies inside each central interval (L,) of its own distribution."""
    return (errors <= half_width(levels)[:, None] * sigma).mean(axis=1)
