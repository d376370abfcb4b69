"""Seeded bootstrap intervals that say so when a sample is too small or too flat to have one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike

from retort.statistics.robust import checked, trimean

LEVEL = 0.95
FEWEST = 3
RESAMPLES = 9_999
RESAMPLES_OVER_ITEMS = 1_999

# The jackknife inside BCa needs n * n numbers. Beyond this n the corrections, of order 1/sqrt(n), have gone.
LARGEST_FOR_BCA = 5_000

# scipy draws (batch, n) indices at once; this keeps each draw near 4 million numbers (32 MB).
_NUMBERS_PER_BATCH = 4_000_000

TOO_SMALL = "n too small"
CONSTANT = "constant"
DEGENERATE = "degenerate"
PERCENTILE = "percentile"


class Interval(NamedTuple):
    """A point estimate and its interval, all in the unit of the sample; `low` and `high` are None where there is none.

    `note` is empty for a BCa interval, otherwise one of `n too small` (fewer than three values), `constant`
    (all values equal: the sample says nothing about its spread), `degenerate` (so discrete that nearly every
    resample gives the same estimate) or `percentile` (an interval, but by percentiles: BCa is undefined for
    this sample, or the sample is large).
    """

    point: float
    low: float | None
    high: float | None
    note: str


def interval(
    values: ArrayLike,
    statistic: Callable = trimean,
    *,
    seed: int,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> Interval:
    """Point estimate and bias-corrected accelerated (BCa) bootstrap interval of `statistic` for a sample of shape (n,).

    `statistic` is called as `statistic(array, axis=...)`. The same seed gives the same interval whatever else
    was computed before. With the handful of seeds that studies have, any bootstrap interval covers less than
    its level (about 80-90 % at n = 5): read it as the spread of the runs made. Raises ValueError on an empty
    sample and on NaN. Source: B. Efron, J. Am. Stat. Assoc. 82, 171 (1987), through `scipy.stats.bootstrap`.
    """
    sample = checked(values).ravel()
    point = float(statistic(sample, axis=-1))
    if sample.size < FEWEST:
        return Interval(point, None, None, TOO_SMALL)
    if _flat(sample):
        return Interval(point, None, None, CONSTANT)

    method = "BCa" if sample.size <= LARGEST_FOR_BCA else "percentile"
    with warnings.catch_warnings():
        # Discrete samples make the jackknife or the bias correction undefined. scipy warns and returns NaN;
        # handled below.
        warnings.simplefilter("ignore", scipy.stats.DegenerateDataWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        result = scipy.stats.bootstrap(
            (sample,),
            statistic,
            method=method,
            confidence_level=level,
            n_resamples=resamples,
            batch=max(1, _NUMBERS_PER_BATCH // sample.size),
            rng=np.random.default_rng(seed),
        )
    note = "" if method == "BCa" else PERCENTILE
    low, high = map(float, result.confidence_interval)
    if not (np.isfinite(low) and np.isfinite(high)):
        tail = (1 - level) / 2
        low, high = map(float, np.quantile(result.bootstrap_distribution, [tail, 1 - tail]))
        note = PERCENTILE
    if _flat(np.array([low, high])):
        return Interval(point, None, None, DEGENERATE)
    return Interval(point, low, high, note)


def interval_over_items(values: ArrayLike, *, seed: int, level: float = LEVEL) -> Interval:
    """Interval of the mean over test items, shape (items,): what another draw of the test set would change."""
    return interval(values, np.mean, seed=seed, level=level, resamples=RESAMPLES_OVER_ITEMS)


def paired_over_items(
    values: ArrayLike, reference: ArrayLike, *, seed: int, level: float = LEVEL
) -> Interval:
    """Interval of the mean of `values - reference` over items that both systems answered, each of shape (items,).

    Both are resampled with the same items, so what makes an item easy for both cancels.
    Raises ValueError when the shapes differ, on empty input and on NaN.
    """
    ours, theirs = checked(values), checked(reference, "reference")
    if ours.shape != theirs.shape:
        raise ValueError(
            f"{ours.shape=} != {theirs.shape=}: a paired bootstrap needs the same items in the same order."
        )
    return interval_over_items(ours - theirs, seed=seed, level=level)


def _flat(sample: np.ndarray) -> bool:
    """True when the sample varies only by rounding."""
    return bool(np.ptp(sample) <= 1e-12 * max(1.0, float(np.abs(sample).max())))
