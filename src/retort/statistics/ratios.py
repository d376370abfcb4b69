"""Precision, recall and F1 from counts of items, with what each item adds to them (`influence.Estimate`).

All are ratios of sums over items, or smooth functions of such ratios; their influence follows by the delta method
(W. G. Cochran, Sampling Techniques, 3rd ed., section 6.4). `influence.f1` is `harmonic` of two ratios that share their
numerator; here the two may have different ones, as the measures of coreference do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from retort.statistics.influence import Estimate
from retort.statistics.robust import checked


def ratio(over: ArrayLike, under: ArrayLike) -> Estimate:
    """The sum of `over` by the sum of `under`, both (N,) and of the same items, the latter not below zero.

    Of nothing under the line it is 0, as precision without predictions is by convention. Raises ValueError on no
    items, NaN, or different shapes.
    """
    over, under = checked(over, "over"), checked(under, "under")
    if over.shape != under.shape or over.ndim != 1:
        raise ValueError(f"{over.shape=} and {under.shape=}, expected one number of both for each item.")
    if not under.any():
        return Estimate(np.asarray(0.0), np.zeros_like(over))
    value = over.sum() / under.sum()
    return Estimate(np.asarray(value), (over - value * under) / under.mean())


def harmonic(precision: Estimate, recall: Estimate) -> Estimate:
    """F1 = 2 P R / (P + R) of two ratios over the same items; 0 where both are.

    Its derivative in P is 2 R^2 / (P + R)^2, and in R likewise.
    """
    p, r = float(precision.value), float(recall.value)
    if p + r == 0:
        return Estimate(np.asarray(0.0), np.zeros_like(precision.influence))
    influence = (r**2 * precision.influence + p**2 * recall.influence) * 2 / (p + r) ** 2
    return Estimate(np.asarray(2 * p * r / (p + r)), influence)


def average(estimates: Sequence[Estimate]) -> Estimate:
    """The plain mean of several statistics of the same items. Raises ValueError on none."""
    if not estimates:
        raise ValueError("no statistics to average. Hint: is a class without any item asked for?")
    return Estimate(
        np.asarray(np.mean([each.value for each in estimates])),
        np.mean([each.influence for each in estimates], axis=0),
    )
