"""Sums and means of estimates that share neither replicates nor test items."""

from __future__ import annotations

import math
from collections.abc import Sequence

from retort.statistics.components import Level, t_interval


def combined(
    weights: Sequence[float],
    values: Sequence[float],
    errors: Sequence[float | None],
    freedom: Sequence[float | None],
) -> Level:
    """The sum of weight times value, with the interval of Welch and Satterthwaite; none where an error is unknown.

    Args:
        weights: as (1, -1) for a difference, a quarter each for the mean of four.
        values, errors, freedom: of each estimate, its standard error and degrees of freedom; `n` counts them.
    """
    value, n = math.fsum(w * v for w, v in zip(weights, values, strict=True)), len(values)
    known = [(se, df) for se, df in zip(errors, freedom, strict=True) if se is not None and df is not None]
    if len(known) < n:
        return Level(value, None, None, None, None, n, None, "")
    variances = [(w * se) ** 2 for w, (se, _) in zip(weights, known, strict=True)]
    se = math.sqrt(math.fsum(variances))
    parts = math.fsum(variance**2 / df for variance, (_, df) in zip(variances, known, strict=True))
    df = math.fsum(variances) ** 2 / parts if parts else min(df for _, df in known)
    low, high = t_interval(value, se, df)
    return Level(value, low, high, se, df, n, None, "")
