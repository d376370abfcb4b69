"""Prediction intervals that hold their share whatever the model is, if calibration rows are like the asked ones.

A *score* says how far off a prediction was: |error|, or |error| / sigma, so that intervals are wide where the model is
in doubt. `conformal_quantile` takes rows as exchangeable; where whole groups of rows are held out (an additive that no
training reaction has), rows of one group err together, and it is the groups that are exchangeable: then
`group_weights` gives each of them the same weight, however many rows it has, and the asked group, whose errors are not
known, counts as infinitely far off. Sources: V. Vovk et al., Algorithmic Learning in a Random World (2005); R. Barber
et al., Ann. Stat. 49, 486 (2021) (CV+); R. Dunn et al., J. Am. Stat. Assoc. 118, 2491 (2023), and Y. Lee et al., arXiv
2306.06342 (groups).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from retort.statistics.robust import checked


def conformal_quantile(scores: ArrayLike, level: float) -> float:
    """The score that the share `level` of new rows stays within: the ceil((n + 1) level)-th smallest of n.

    Infinity where n is too small for the level. If rows are exchangeable the share is at least `level`, and with
    distinct scores at most `level` + 1 / (n + 1).
    """
    scores = np.sort(checked(scores, "scores"))
    # A level such as 0.9 is a little above or below what it says: (9 + 1) * 0.9 must be 9.
    rank = int(np.ceil(np.round((len(scores) + 1) * level, 9)))
    return float(scores[rank - 1]) if rank <= len(scores) else float("inf")


def group_weights(groups: ArrayLike) -> np.ndarray:
    """(N,) what each row weighs if the asked rows are of a group that is not among these K: 1 / ((K + 1) rows of its
    group); they sum up to K / (K + 1), the rest being the asked group's own."""
    _, place, rows = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    return 1 / ((len(rows) + 1) * rows[place])


def cross_intervals(
    predicted: ArrayLike,
    sigma: ArrayLike,
    scores: ArrayLike,
    folds: ArrayLike,
    groups: ArrayLike,
    level: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of M new rows from F models, each of which was trained without the groups of one fold (CV+).

    Every calibration row i was predicted by the model f(i) that did not see its group, and was off by its score. For a
    new row x it says that the value may be as far from that model's prediction: predicted[f(i), x] -/+ score_i
    sigma[f(i), x]. The interval leaves out the share 1 - level of the lowest of the lower and of the highest of the
    upper ends, weighted as `group_weights`. So where the models disagree, the interval is wider.

    Args:
        predicted, sigma: (F, M), sigma of ones where scores are plain errors.
        scores, folds, groups: (N,) of the calibration rows; `folds` in 0 to F - 1.
        level: such as 0.9.

    Returns:
        Lower and upper ends (M,); infinite where there are too few groups for the level.
    """
    predicted, sigma = checked(predicted, "predicted"), checked(sigma, "sigma")
    scores, folds = checked(scores, "scores"), np.asarray(folds)
    weights = group_weights(groups)
    ends = []
    for sign in (-1, 1):
        # The lower end is the mirror image of the upper one.
        far = sign * predicted[folds] + scores[:, None] * sigma[folds]  # (N, M)
        order = np.argsort(far, axis=0)
        heavy = np.cumsum(weights[order], axis=0)
        reached = heavy >= level - 1e-9
        first = reached.argmax(axis=0)
        end = np.take_along_axis(far, np.take_along_axis(order, first[None], axis=0), axis=0)[0]
        ends.append(sign * np.where(reached[-1], end, np.inf))
    return ends[0], ends[1]
