"""How well scores rank positives above negatives, and what another draw of the test set would change of a difference.

The area under the ROC curve is the share of (positive, negative) pairs that are in the right order, ties counting
half. Resampling the items gives item i the weight w_i, how often it was drawn, and a pair the weight w_i w_j: one
table of pairs serves all resamples, and the difference of two systems is one table too, because both rank the same
pairs. Averages over seeds are averages of tables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

LEVEL = 0.95
RESAMPLES = 2_000

# Weights are drawn for some resamples at a time, near 4 million numbers (32 MB).
_NUMBERS_PER_BATCH = 4_000_000


class Difference(NamedTuple):
    """Ours minus the reference's, with a percentile interval over resampled items.

    `low` and `high` are None where no resample could be scored. `lost` counts the pairs (resample, label) without
    one of the two classes, or without any value: their resample is averaged over its other labels. `resamples` are
    those that still had a label.
    """

    difference: float
    low: float | None
    high: float | None
    n_items: int
    resamples: int
    lost: int


def roc_auc(scores: ArrayLike, labels: ArrayLike) -> float:
    """Area under the ROC curve of scores (n,) for labels (n,) of 0 and 1; ties count half.

    Raises ValueError when a class is missing, a label is neither 0 nor 1, or a score is NaN.
    """
    scores, labels = np.asarray(scores, float), np.asarray(labels, float)
    if scores.shape != labels.shape or scores.ndim != 1:
        raise ValueError(f"{scores.shape=} and {labels.shape=}, expected two equally long rows of numbers")
    if np.isnan(scores).any() or not np.isin(labels, (0, 1)).all():
        raise ValueError("scores must be numbers and labels 0 or 1. Hint: leave out items without a label.")
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        raise ValueError(f"{positives=} and {negatives=}: a ranking needs both. Hint: skip this label.")
    # Of each distinct score: how many negatives lie below it, and half of those that tie with it.
    distinct, place = np.unique(scores, return_inverse=True)
    ties = np.bincount(place[labels == 0], minlength=len(distinct))
    below = np.cumsum(ties) - ties / 2
    return float(below[place[labels == 1]].sum() / (positives * negatives))


def auc_bootstrap(
    scores: ArrayLike,
    reference: ArrayLike,
    labels: ArrayLike,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Difference:
    """Difference of the ROC-AUC, averaged over seeds and labels, with its interval over items.

    Args:
        scores, reference: (S, N, T) seeds, items, labels; the two may have different numbers of seeds.
        labels: (N, T) of 0, 1, and NaN where nothing was measured.

    A label without both classes takes no part. Raises ValueError when no label has both, or shapes differ.
    """
    ours, theirs, labels = _checked(scores, reference, labels)
    tables = auc_tables(ours, theirs, labels)
    if not tables:
        raise ValueError("no label has both classes. Hint: a ranking needs a positive and a negative.")

    def distribution(weights: np.ndarray) -> np.ndarray:
        return np.stack([table.differences(weights) for table in tables], axis=1)

    n_items = int(np.isfinite(labels[:, [table.label for table in tables]]).any(axis=1).sum())
    return _interval(distribution, len(labels), n_items, seed, resamples, level)


def rmse_bootstrap(
    values: ArrayLike,
    reference: ArrayLike,
    labels: ArrayLike,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Difference:
    """Difference of the root-mean-square error, averaged over seeds and labels, with its interval over items.

    Args and errors as of `auc_bootstrap`, with labels in their own unit; negative is better than the reference.
    """
    ours, theirs, labels = _checked(values, reference, labels)
    measured = np.isfinite(labels)
    if not measured.any():
        raise ValueError("no label has a value. Hint: leave this comparison out.")
    used = measured.any(axis=0)
    squares = [
        np.where(measured, (predicted - np.where(measured, labels, 0)) ** 2, 0)
        for predicted in (ours, theirs)
    ]

    def distribution(weights: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            counts = weights @ measured[:, used]  # (R, T)
            one, other = (
                np.sqrt(np.matmul(weights, some[:, :, used]) / counts).mean(axis=0) for some in squares
            )
        return one - other

    return _interval(distribution, len(labels), int(measured.any(axis=1).sum()), seed, resamples, level)


class PairTable(NamedTuple):
    """How much better ours orders each pair of one label.

    Attributes:
        label: its column.
        positives, negatives: (P,) and (Q,) rows of the items.
        table: (P, Q) mean over seeds of [right order] + half [tie], ours minus the reference's.
    """

    label: int
    positives: np.ndarray
    negatives: np.ndarray
    table: np.ndarray

    def differences(self, weights: np.ndarray) -> np.ndarray:
        """(R,) differences of the AUC under item weights (R, N); NaN where a class has no weight."""
        up, down = weights[:, self.positives], weights[:, self.negatives]
        pairs = up.sum(axis=1) * down.sum(axis=1)
        # The shorter side is summed last: the product with the table is then the smaller of the two.
        ordered = np.einsum("rq,rq->r", up @ self.table, down)
        with np.errstate(invalid="ignore"):
            return np.where(pairs > 0, ordered / pairs, np.nan)


def auc_tables(scores: np.ndarray, reference: np.ndarray, labels: np.ndarray) -> list[PairTable]:
    """The tables of the labels that have both classes; arguments as in `auc_bootstrap`."""
    tables = []
    for label in range(labels.shape[1]):
        positives, negatives = (np.flatnonzero(labels[:, label] == which) for which in (1, 0))
        if len(positives) and len(negatives):
            ours, theirs = (_order(some[:, :, label], positives, negatives) for some in (scores, reference))
            tables.append(PairTable(label, positives, negatives, ours - theirs))
    return tables


def _order(scores: np.ndarray, positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """(P, Q) mean over seeds of 1 where the positive scores higher, 0.5 where it ties."""
    total = np.zeros((len(positives), len(negatives)))
    for of_seed in scores:
        # The sign of the comparison, not of the difference: infinite scores compare too.
        up, down = of_seed[positives, None], of_seed[None, negatives]
        total += (up > down) + 0.5 * (up == down)
    return total / len(scores)


def item_weights(items: int, resamples: int, random: np.random.Generator) -> np.ndarray:
    """(R, N) how often each of N items is drawn in R resamples of N with replacement."""
    drawn = random.integers(items, size=(resamples, items))
    drawn += np.arange(resamples)[:, None] * items
    return np.bincount(drawn.ravel(), minlength=resamples * items).reshape(resamples, items).astype(float)


def _interval(
    distribution: Callable[[np.ndarray], np.ndarray],
    items: int,
    n_items: int,
    seed: int,
    resamples: int,
    level: float,
) -> Difference:
    """Percentiles of the mean over labels of `distribution(weights)`, (R, T) with NaN where a label is lost."""
    random = np.random.default_rng(seed)
    point = float(distribution(np.ones((1, items))).mean())
    means, lost = [], 0
    at_once = max(1, _NUMBERS_PER_BATCH // items)
    for start in range(0, resamples, at_once):
        found = distribution(item_weights(items, min(at_once, resamples - start), random))
        there = np.isfinite(found)
        lost += int((~there).sum())
        some = there.any(axis=1)
        means.append(np.where(there, found, 0)[some].sum(axis=1) / there[some].sum(axis=1))
    sample = np.concatenate(means)
    if not len(sample):
        return Difference(point, None, None, n_items, 0, lost)
    tail = (1 - level) / 2
    low, high = map(float, np.quantile(sample, [tail, 1 - tail]))
    return Difference(point, low, high, n_items, len(sample), lost)


def _checked(ours: ArrayLike, theirs: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, ...]:
    ours, theirs, labels = (np.asarray(some, float) for some in (ours, theirs, labels))
    shapes = (ours.shape[1:], theirs.shape[1:], labels.shape)
    if ours.ndim != 3 or len(set(shapes)) > 1 or not len(ours) or not len(theirs) or not len(labels):
        raise ValueError(
            f"{ours.shape=}, {theirs.shape=} and {labels.shape=}, expected (seeds, items, labels) twice and "
            "(items, labels). Hint: bring both systems to the same items in the same order."
        )
    measured = np.isfinite(labels)
    if np.isnan(ours[:, measured]).any() or np.isnan(theirs[:, measured]).any():
        raise ValueError("a measured item has no score. Hint: compare on items that both systems answered.")
    return ours, theirs, labels
