"""Location and spread of a skewed sample: trimean and interquartile range.

Every summary of the paper goes through these functions. Quartiles follow one convention everywhere: linear
interpolation between order statistics (type 7 of Hyndman and Fan, Am. Stat. 50, 361, 1996), the default of
NumPy and of `scipy.stats.iqr`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

QUARTILE_METHOD = "linear"


def checked(values: ArrayLike, what: str = "values") -> np.ndarray:
    """Return `values` as a float array; ValueError names `what` when it is empty or holds NaN or infinity."""
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        raise ValueError(f"{what} is empty: a summary needs at least one value.")
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise ValueError(
            f"{what} holds {bad.size} non-finite value(s), the first at flat position {bad[0]} "
            f"({array.flat[bad[0]]}). Hint: a diverged run writes NaN; look at its history."
        )
    return array


def quartiles(values: ArrayLike, axis: int = -1) -> np.ndarray:
    """Lower quartile, median and upper quartile along `axis`, stacked in front: shape (3, ...), unit of the values.

    Raises ValueError on an empty sample and on NaN.
    """
    return np.quantile(checked(values), [0.25, 0.5, 0.75], axis=axis, method=QUARTILE_METHOD)


def trimean(values: ArrayLike, axis: int = -1) -> np.ndarray | float:
    """Tukey's trimean (Q1 + 2 Q2 + Q3) / 4 along `axis`, in the unit of the values.

    As resistant as the median (a quarter of the sample may be arbitrarily wrong) and more efficient on
    near-normal data. Source: J. W. Tukey, Exploratory Data Analysis, 1977. Raises ValueError on an empty
    sample and on NaN.
    """
    lower, middle, upper = quartiles(values, axis=axis)
    return (lower + 2 * middle + upper) / 4


def iqr(values: ArrayLike, axis: int = -1) -> np.ndarray | float:
    """Interquartile range Q3 - Q1 along `axis`, in the values' unit. Raises ValueError on an empty sample or NaN."""
    lower, _, upper = quartiles(values, axis=axis)
    return upper - lower
