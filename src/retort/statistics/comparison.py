"""Two systems on the same seeds: difference, interval, signed-rank test, and Holm's correction for many of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike

from retort.statistics.bootstrap import FEWEST, RESAMPLES, interval
from retort.statistics.robust import checked


class Comparison(NamedTuple):
    """Paired difference in the unit of the values; `p` is None with fewer than three pairs."""

    n: int
    difference: float
    low: float | None
    high: float | None
    p: float | None
    note: str


def compare(values: ArrayLike, reference: ArrayLike, *, seed: int, resamples: int = RESAMPLES) -> Comparison:
    """Compare two systems run on the same n seeds (or splits): both of shape (n,), in the same order and unit.

    The difference is the trimean of the paired differences, not the difference of the two trimeans: a seed
    shared by both systems (same split, same batches) cancels within its pair, and interval and test then
    speak of one and the same quantity. The interval is BCa over the pairs. p is two-sided, from Wilcoxon's
    signed-rank test (`signed_rank`). Raises ValueError when the shapes differ, on empty input and on NaN.
    """
    ours, theirs = checked(values), checked(reference, "reference")
    if ours.shape != theirs.shape or ours.ndim != 1:
        raise ValueError(f"{ours.shape=} != {theirs.shape=}: pair the runs by seed before comparing them.")
    differences = ours - theirs
    estimate = interval(differences, seed=seed, resamples=resamples)
    p = signed_rank(differences) if differences.size >= FEWEST else None
    return Comparison(differences.size, estimate.point, estimate.low, estimate.high, p, estimate.note)


def signed_rank(differences: ArrayLike) -> float:
    """Two-sided p of Wilcoxon's signed-rank test for differences of shape (n,).

    Zero differences are dropped before ranking, as Wilcoxon did; when all are zero, p is 1. The smallest p
    that n pairs can give is 2^(1-n): 0.06 for five, so five seeds alone never reach 0.05, however large the
    difference. Source: F. Wilcoxon, Biometrics Bull. 1, 80 (1945), through `scipy.stats.wilcoxon`.
    """
    differences = checked(differences, "differences")
    nonzero = differences[differences != 0]
    if nonzero.size == 0:
        return 1.0
    ranks = scipy.stats.rankdata(np.abs(nonzero))
    return _signed_rank(tuple(np.sort(np.copysign(ranks, nonzero)).tolist()))


@cache
def _signed_rank(ranks: tuple[float, ...]) -> float:
    """p of these ranks with their signs: a study asks for the same few of them thousands of times."""
    return float(scipy.stats.wilcoxon(ranks).pvalue)


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment of one family of p values, in the order given; None stays None and does not count.

    The i-th smallest of m is multiplied by m - i + 1, then made non-decreasing and cut at 1.
    Raises ValueError for a p outside 0..1. Source: S. Holm, Scand. J. Stat. 6, 65 (1979).
    """
    tested = [index for index, p in enumerate(ps) if p is not None]
    adjusted: list[float | None] = [None] * len(ps)
    if not tested:
        return adjusted
    p = np.array([ps[index] for index in tested], dtype=float)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p values must lie in 0..1, got {p.tolist()}.")
    order = np.argsort(p, kind="stable")
    steps = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1.0)
    for rank, position in enumerate(order):
        adjusted[tested[position]] = float(steps[rank])
    return adjusted
