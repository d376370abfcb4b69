"""How well scores rank positives above negatives.

`retort.statistics.influence` has the same area with what each item adds to it; this one takes a tenth of the time, for
what is computed at every validation.
"""

import numpy as np
from numpy.typing import ArrayLike


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
