"""How sure a level or a difference is: variance components of replicates and test items, and a t interval.

A value was measured by k replicates (seeds, or draws of the labels) on N test items. Another replicate would change it,
and so would another test set. With the pseudo-values Y of `retort.statistics.influence`, (k, N), crossed analysis of
variance takes both at once: Y = mean + replicate + item + rest. With mean squares R, I and E of the three,

    variance of the mean = (R + I - E) / (k N),

and never less than R / (k N), which replicates alone would give, or I / (k N). So replicates that agree by chance do
not make the test set larger than it is.

The degrees of freedom are those of Satterthwaite (Biometrics Bull. 2, 110, 1946) with two changes, both found by
simulation (`retort.statistics.operating` repeats it). The weight of the replicates enters with the power 3/2 and not 2:
with two or four degrees of freedom of their own, a mean square that is small by chance would otherwise give itself too
many. 95 % intervals then cover 93-97 % for three replicates and more, whatever share of the variance is theirs, unless
nearly all of it is the rest (then they cover more). And the items' own degrees of freedom follow from how heavy the
tails of their means are: 2N / (kurtosis - 1), not more than N - 1, since a few odd items (or the few positives of a
ranking) are all that such a variance rests on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from retort.statistics.robust import checked

CONFIDENCE = 0.95
FEWEST = 3
_POWER = 1.5

TOO_SMALL = "n too small"
CONSTANT = "constant"
REPLICATES_ONLY = "replicates only"
ITEMS_ONLY = "items only"


class Level(NamedTuple):
    """A value with its standard error and 95 % interval, in one unit; None where nothing is known of them.

    Attributes:
        df: degrees of freedom of the t interval.
        n: replicates. `n_items`: test items, None where they are not known one by one.
        note: empty for an interval over replicates and items; `replicates only` or `items only`; `n too small` (fewer
            than three replicates) or `constant` (nothing varies), both without an interval.
    """

    value: float
    low: float | None
    high: float | None
    se: float | None
    df: float | None
    n: int
    n_items: int | None
    note: str

    def interval(self, level: float = CONFIDENCE) -> tuple[float, float] | tuple[None, None]:
        """The t interval at another level, as 90 % for two one-sided tests."""
        return t_interval(self.value, self.se, self.df, level)

    @property
    def p(self) -> float | None:
        """The two-sided p of the hypothesis that the truth is zero; None without a standard error."""
        return None if self.se is None else float(2 * stdtr(self.df, -abs(self.value) / self.se))


def t_interval(
    value: float, se: float | None, df: float | None, level: float = CONFIDENCE
) -> tuple[float, float] | tuple[None, None]:
    """The interval around a value by Student's t; (None, None) without a standard error."""
    if se is None or df is None:
        return None, None
    half = float(stdtrit(df, (1 + level) / 2)) * se
    return value - half, value + half


def two_way(values: ArrayLike) -> Level:
    """The mean of pseudo-values (k, N) of k replicates on the same N items.

    One replicate of a system without randomness belongs to `over_items`. Raises ValueError on another shape, on no
    values and on NaN.
    """
    y = checked(values)
    if y.ndim != 2:
        raise ValueError(f"{y.shape=}, expected (replicates, items).")
    k, n = y.shape
    grand = float(y.mean())
    if k < FEWEST:
        return _without(grand, k, n, TOO_SMALL)
    if n == 1:
        return one_way(y[:, 0])._replace(n_items=1)
    of_replicates, of_items = y.mean(axis=1) - grand, y.mean(axis=0) - grand
    rest = y - grand - of_replicates[:, None] - of_items
    freedom = (k - 1) * (n - 1)
    # Each mean square over kN: a contribution to the variance of the mean.
    replicates = float(of_replicates @ of_replicates) / (k * (k - 1))
    items = float(of_items @ of_items) / (n * (n - 1))
    both = float(np.einsum("rn,rn->", rest, rest)) / (freedom * k * n)
    variance = max(replicates + items - both, replicates, items)
    if _nothing(variance, y):
        return _without(grand, k, n, CONSTANT)
    df_items = _freedom_of_items(of_items)
    inverse = (
        (replicates / variance) ** _POWER / (k - 1)
        + (items / variance) ** 2 / df_items
        + (both / variance) ** 2 / freedom
    )
    # A sum knows no less than its part that knows least; what is subtracted could say so.
    return _with(grand, variance, max(1 / inverse, min(k - 1, df_items)), k, n, "")


def one_way(values: ArrayLike) -> Level:
    """The mean of values (k,) of replicates that share no test items, or whose items are not known one by one."""
    x = checked(values).ravel()
    centre = float(x.mean())
    if x.size < FEWEST:
        return _without(centre, x.size, None, TOO_SMALL)
    variance = float(x.var(ddof=1)) / x.size
    if _nothing(variance, x):
        return _without(centre, x.size, None, CONSTANT)
    return _with(centre, variance, x.size - 1, x.size, None, REPLICATES_ONLY)


def over_items(values: ArrayLike) -> Level:
    """The mean of pseudo-values (N,) of the one replicate that a system without randomness has."""
    x = checked(values).ravel()
    centre = float(x.mean())
    if x.size < FEWEST:
        return _without(centre, 1, x.size, TOO_SMALL)
    variance = float(x.var(ddof=1)) / x.size
    if _nothing(variance, x):
        return _without(centre, 1, x.size, CONSTANT)
    return _with(centre, variance, _freedom_of_items(x - centre), 1, x.size, ITEMS_ONLY)


def _freedom_of_items(centred: np.ndarray) -> float:
    """Of the variance of items (N,) whose mean is 0: 2N / (kurtosis - 1), at most N - 1."""
    squares = centred**2
    second = float(squares.mean())
    excess = float(squares @ squares) / centred.size - second**2
    return min(centred.size - 1, 2 * centred.size * second**2 / excess) if excess > 0 else centred.size - 1


def _nothing(variance: float, values: np.ndarray) -> bool:
    """Whether values vary only by rounding."""
    return variance <= (1e-12 * max(1e-6, float(np.abs(values).max()))) ** 2


def _with(value: float, variance: float, df: float, n: int, n_items: int | None, note: str) -> Level:
    level = Level(value, None, None, float(np.sqrt(variance)), float(df), n, n_items, note)
    low, high = level.interval()
    return level._replace(low=low, high=high)


def _without(value: float, n: int, n_items: int | None, note: str) -> Level:
    return Level(value, None, None, None, None, n, n_items, note)
