"""Does a predicted normal distribution say how far off its mean is?

Of N items there are errors (value - mean) and sigmas, both in the value's unit. Ranking (`spearman`, `sparsification`)
asks whether large sigmas go with large errors, whatever their unit; calibration (`observed_coverage`,
`miscalibration_area`) whether intervals hold the share that they claim; `nll` and `crps` judge both at once. One number
for all sigmas (`likely_scale`) repairs a calibration, and leaves every ranking as it is. Definitions: Y. Chung et al.,
arXiv 2109.10254 (Uncertainty Toolbox), T. Gneiting and A. Raftery, J. Am. Stat. Assoc. 102, 359 (2007) (CRPS),
E. Ilg et al., ECCV 2018 (sparsification). `retort.statistics.calibration` is the same for Laplace distributions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from retort.statistics.robust import checked

# The central intervals of a calibration curve, and the shares of items that a sparsification curve leaves out.
LEVELS = np.round(np.arange(0.01, 1.0, 0.01), 2)
LEFT_OUT = np.round(np.arange(0.0, 1.0, 0.05), 2)


def half_width(level: ArrayLike) -> np.ndarray:
    """Half the width, in sigmas, of the central interval that holds the share `level` in [0, 1) of all values."""
    return ndtri((1 + np.asarray(level, float)) / 2)


def nll(errors: ArrayLike, sigma: ArrayLike) -> np.ndarray:
    """(N,) -log of the density at the value, in nats (of a density per unit of the value)."""
    errors, sigma = _both(errors, sigma)
    return 0.5 * (errors / sigma) ** 2 + np.log(np.sqrt(2 * np.pi) * sigma)


def crps(errors: ArrayLike, sigma: ArrayLike) -> np.ndarray:
    """(N,) continuous ranked probability score, in the value's unit; of a sigma near 0 the absolute error."""
    errors, sigma = _both(errors, sigma)
    z = errors / sigma
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return sigma * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))


def needed_level(errors: ArrayLike, sigma: ArrayLike) -> np.ndarray:
    """(N,) in [0, 1], the level of the narrowest central interval that holds each value; uniform if all is true."""
    errors, sigma = _both(errors, sigma)
    return 2 * ndtr(np.abs(errors) / sigma) - 1


def observed_coverage(errors: ArrayLike, sigma: ArrayLike, levels: ArrayLike = LEVELS) -> np.ndarray:
    """(L,) the share of items inside the central interval of each level: the calibration curve."""
    return (needed_level(errors, sigma) <= np.asarray(levels, float).reshape(-1, 1)).mean(axis=1)


def miscalibration_area(errors: ArrayLike, sigma: ArrayLike) -> float:
    """Area between the calibration curve and the diagonal, in [0, 1/2]; exact, not over a grid of levels.

    The curve is the distribution function of the needed levels, a staircase; on a step of height c the area is the
    integral of |c - p| over the levels p of that step. If all sigmas are s times too large, the area tends to
    |arctan(s) * 2 / pi - 1/2|.
    """
    steps = np.concatenate([[0.0], np.sort(needed_level(errors, sigma)), [1.0]])
    height = np.arange(len(steps) - 1) / (len(steps) - 2)
    below, above = steps[:-1] - height, steps[1:] - height
    return float(np.sum(above * np.abs(above) - below * np.abs(below)) / 2)


def spearman(errors: ArrayLike, sigma: ArrayLike) -> float:
    """Rank correlation of |error| and sigma; ties have the mean of their ranks.

    Raises ValueError where one of them is the same for all items: then there is no ranking.
    """
    errors, sigma = checked(errors, "errors"), checked(sigma, "sigma")
    ranks = [rankdata(values) - (len(values) + 1) / 2 for values in (np.abs(errors), sigma)]
    spread = np.sqrt([rank @ rank for rank in ranks])
    if not spread.all():
        raise ValueError(
            "all errors, or all sigmas, are equal: nothing is ranked. Hint: leave this system out."
        )
    return float(ranks[0] @ ranks[1] / spread.prod())


def sparsification(errors: ArrayLike, doubt: ArrayLike, left_out: ArrayLike = LEFT_OUT) -> np.ndarray:
    """(F,) mean absolute error of the items that stay when the share `left_out` of greatest doubt goes.

    With `doubt` = |error| this is the oracle, the best possible curve. Items of one doubt go in random order: the
    value is the expectation over it, so that a constant doubt gives the mean of all errors, at random.

    Args:
        doubt: (N,), such as sigma.
        left_out: in [0, 1); at least one item stays.
    """
    size, order = np.abs(checked(errors, "errors")), np.argsort(checked(doubt, "doubt"), kind="stable")
    _, place = np.unique(np.asarray(doubt)[order], return_inverse=True)
    ordered = (np.bincount(place, size[order]) / np.bincount(place))[place]
    kept = np.maximum(1, np.round(len(size) * (1 - np.asarray(left_out, float)))).astype(int)
    return np.cumsum(ordered)[kept - 1] / kept


def likely_scale(errors: ArrayLike, sigma: ArrayLike) -> float:
    """The one number by which to multiply all sigmas so that these errors are most likely: the RMS of error / sigma."""
    errors, sigma = _both(errors, sigma)
    return float(np.sqrt(np.mean((errors / sigma) ** 2)))


def _both(errors: ArrayLike, sigma: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays that broadcast; ValueError on a sigma that is not above zero."""
    errors, sigma = checked(errors, "errors"), checked(sigma, "sigma")
    if not (sigma > 0).all():
        raise ValueError(
            f"{int((sigma <= 0).sum())} sigma(s) are not above zero. Hint: give such a prediction a least sigma."
        )
    return errors, sigma
