"""Holm's correction for many tests of one family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


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
