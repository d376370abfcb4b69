"""A statistic of test items and what each item adds to it: its value and its influence function.

The influence of item i is how fast the statistic moves when a little weight is moved to that item. It has mean 0 over
the items, its mean square over the number of items is the squared standard error over draws of the test set, and
`value + influence` are *pseudo-values*: numbers per item whose mean is the statistic. So whatever holds of means of
items, such as the variance components of `retort.statistics.components`, holds of every statistic here. Source:
F. R. Hampel, J. Am. Stat. Assoc. 69, 383 (1974).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import beta

from retort.statistics.robust import checked, quartiles

# A value that so many of the items share makes the density at a quantile a poor notion: see `_of_quartiles`.
TIED = 0.05
_RESAMPLES = 200


class Estimate(NamedTuple):
    """A statistic, and what each item adds to it, both in the statistic's unit.

    Attributes:
        value: a number, or (..., ) numbers where the items came as (..., N).
        influence: (..., N), of mean 0 over the items.
    """

    value: np.ndarray
    influence: np.ndarray

    @property
    def pseudo_values(self) -> np.ndarray:
        """(..., N), the mean over the items is the value."""
        return np.asarray(self.value)[..., None] + self.influence


def mean(values: ArrayLike) -> Estimate:
    """Of items (..., N). Raises ValueError on no items and on NaN, as all others here."""
    array = checked(values)
    centre = array.mean(axis=-1)
    return Estimate(centre, array - centre[..., None])


def root_mean_square(values: ArrayLike) -> Estimate:
    """Of items (..., N), absolute or signed errors for a root-mean-square error; by the delta method."""
    square = mean(checked(values) ** 2)
    root = np.sqrt(square.value)
    with np.errstate(invalid="ignore", divide="ignore"):
        influence = square.influence / (2 * root[..., None])
    # All errors are zero: nothing has an influence.
    return Estimate(root, np.nan_to_num(influence, nan=0.0))


def trimean(values: ArrayLike) -> Estimate:
    """Tukey's trimean (Q1 + 2 Q2 + Q3) / 4 of items (..., N), as `retort.statistics.robust` has it."""
    return _of_quartiles(values, (0.25, 0.5, 0.25))


def iqr(values: ArrayLike) -> Estimate:
    """The interquartile range Q3 - Q1 of items (..., N)."""
    return _of_quartiles(values, (-1.0, 0.0, 1.0))


def _of_quartiles(values: ArrayLike, weights: tuple[float, float, float]) -> Estimate:
    """A weighted sum of the three quartiles.

    The influence of a quantile is (q - [x <= Q]) over the density at Q. The density is not estimated by itself: the
    influence is that of the quantile smoothed over its neighbours among the order statistics, with the weights of
    Harrell and Davis (Biometrika 69, 635, 1982), a beta density as wide as the quantile is uncertain. So a gap in the
    data or rounded data do no harm. In simulation (110 to 1200 items; half-normal, exponential and log-normal errors)
    95 % intervals of the trimean cover 94-96 %, those of the IQR 91-94 %.

    At the edge of an atom (many errors of exactly zero) the quantile is not normal. Where `TIED` of the items or more
    share one value, the influence is therefore scaled to the standard error of a bootstrap over items, which is larger
    there; intervals cover about 90 % where a quartile meets the very edge of the atom, 94 % elsewhere.
    """
    array = checked(values)
    value = np.tensordot(weights, quartiles(array), axes=1)
    n = array.shape[-1]
    if n == 1:
        return Estimate(value, np.zeros_like(array))
    order = np.argsort(array, axis=-1)
    ordered = np.take_along_axis(array, order, axis=-1)
    steps = np.diff(ordered, axis=-1) * _smoothing(n, weights)
    above = np.zeros_like(array)
    above[..., :-1] = np.cumsum(steps[..., ::-1], axis=-1)[..., ::-1]
    centre = (steps * np.arange(1, n) / n).sum(axis=-1, keepdims=True)
    influence = np.empty_like(array)
    np.put_along_axis(influence, order, centre - above, axis=-1)
    tied = _tied(ordered)
    for row in np.ndindex(tied.shape):
        if tied[row]:
            influence[row] *= _inflation(array[row], influence[row], weights)
    return Estimate(value, influence)


@lru_cache(maxsize=64)
def _smoothing(n: int, weights: tuple[float, float, float]) -> np.ndarray:
    """(n - 1,) how much each step between neighbouring order statistics counts."""
    u, quarters = np.arange(1, n)[:, None] / n, np.array([0.25, 0.5, 0.75])
    return beta.pdf(u, (n + 1) * quarters, (n + 1) * (1 - quarters)) @ np.array(weights)


def _tied(ordered: np.ndarray) -> np.ndarray:
    """Whether at least `TIED` of the sorted items (..., N), and more than two, share one value."""
    run = max(2, int(np.ceil(TIED * ordered.shape[-1])))
    if run >= ordered.shape[-1]:
        return np.zeros(ordered.shape[:-1], bool)
    return (ordered[..., run:] == ordered[..., :-run]).any(axis=-1)


def _inflation(row: np.ndarray, influence: np.ndarray, weights: tuple[float, float, float]) -> float:
    """By how much the bootstrap's standard error of one row (N,) is above that of its influence, at least 1."""
    own = np.sqrt(np.mean(influence**2) / row.size)
    if not own:
        return 1.0
    drawn = row[np.random.default_rng(0).integers(row.size, size=(_RESAMPLES, row.size))]
    return max(1.0, float(np.std(np.tensordot(weights, quartiles(drawn), axes=1))) / own)


def r2(predicted: ArrayLike, true: ArrayLike) -> Estimate:
    """The coefficient of determination of predictions (N,) of true values (N,): one less the ratio of two means.

    Raises ValueError when all true values are equal.
    """
    ours, truth = checked(predicted, "predicted"), checked(true, "true")
    _same_shape(ours, truth)
    residual, spread = (truth - ours) ** 2, (truth - truth.mean()) ** 2
    if not spread.any():
        raise ValueError("all true values are equal: nothing can be explained.")
    ratio = residual.mean() / spread.mean()
    return Estimate(np.asarray(1 - ratio), (ratio * spread - residual) / spread.mean())


def roc_auc(scores: ArrayLike, labels: ArrayLike) -> Estimate:
    """The area under the ROC curve, averaged over labels, and the influence of each item (DeLong).

    Args:
        scores: (N,) or (N, T), higher for a positive; ties count half.
        labels: the same shape, of 0, 1 and NaN where nothing was measured.

    A label without both classes takes no part. An item's influence on a label is how far the share of the other class
    that it outranks is from the area, weighted with how rare its class is, and zero where it has no label. With one
    label its mean square over N - 1 is DeLong's variance. Raises ValueError when no label has both classes, on other
    labels, or where a measured item has no score. Source: E. R. DeLong et al., Biometrics 44, 837 (1988).
    """
    scores, labels = (np.asarray(some, float) for some in (scores, labels))
    _same_shape(scores, labels)
    if labels.ndim == 1:
        scores, labels = scores[:, None], labels[:, None]
    measured = np.isfinite(labels)
    if not np.isin(labels[measured], (0, 1)).all() or np.isnan(scores[measured]).any():
        raise ValueError("labels must be 0, 1 or NaN, and measured items need scores.")
    areas, influence = [], np.zeros(len(labels))
    for label, score in zip(labels.T, scores.T, strict=True):
        up, down = np.flatnonzero(label == 1), np.flatnonzero(label == 0)
        if up.size and down.size:
            won, lost = _outranked(score[up], score[down]), 1 - _outranked(score[down], score[up])
            areas.append(won.mean())
            influence[up] += (won - areas[-1]) * _weight(up.size, len(labels))
            influence[down] += (lost - areas[-1]) * _weight(down.size, len(labels))
    if not areas:
        raise ValueError("no label has both classes. Hint: a ranking needs a positive and a negative.")
    return Estimate(np.asarray(np.mean(areas)), influence / len(areas))


def _weight(n: int, total: int) -> float:
    """That makes the mean square of the influence the sum of both classes' unbiased variances."""
    return total / n * np.sqrt(n / max(n - 1, 1) * (total - 1) / total)


def _outranked(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n,) the share of `others` (m,) below each score, ties counting half."""
    others = np.sort(others)
    return (np.searchsorted(others, scores, "left") + np.searchsorted(others, scores, "right")) / (
        2 * others.size
    )


def f1(hits: ArrayLike, predicted: ArrayLike, true: ArrayLike) -> Estimate:
    """Micro-averaged F1 over documents: 2 hits / (predicted + true), all of shape (N,) and counted per document.

    By the delta method for a ratio of two sums. Raises ValueError when there is nothing, predicted or true.
    """
    hits, predicted, true = checked(hits, "hits"), checked(predicted, "predicted"), checked(true, "true")
    _same_shape(hits, predicted)
    _same_shape(hits, true)
    both = predicted + true
    if not both.any():
        raise ValueError("no document has anything predicted or true.")
    value = 2 * hits.sum() / both.sum()
    return Estimate(np.asarray(value), (2 * hits - value * both) / both.mean())


def _same_shape(one: np.ndarray, other: np.ndarray) -> None:
    if one.shape != other.shape:
        raise ValueError(f"shapes {one.shape} and {other.shape} differ: give both for the same items.")


# What a metric may be of the values of its items, by the name in a study's YAML.
OVER_ITEMS: Mapping[str, Callable[[ArrayLike], Estimate]] = {
    "mean": mean,
    "root_mean_square": root_mean_square,
    "trimean": trimean,
    "iqr": iqr,
}
