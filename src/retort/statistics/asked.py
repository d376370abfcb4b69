"""What calibration rows, which a model did not learn from, say of an answer: which classes it may be, how often a rank
is right, and from where on a question is unlike all that is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from retort.statistics.robust import checked

UNUSUAL = 0.01  # the share of calibration rows that count as outside


def edge(similarities: ArrayLike) -> float:
    """The similarity below which a question is outside what a model knows: that of one calibration row in a hundred.

    Args:
        similarities: (n,) of each calibration row with the training row that is nearest to it.
    """
    return float(np.quantile(checked(similarities, "similarities"), UNUSUAL, method="lower"))


def class_sets(scores: ArrayLike, labels: ArrayLike, asked: ArrayLike, level: float) -> np.ndarray:
    """Which of two classes each asked row may have: the right one is among them with the probability `level`, in each
    class by itself, if calibration rows are like the asked ones.

    A class is left out where fewer than 1 - level of its calibration rows are scored as far from it (Mondrian conformal
    prediction: V. Vovk et al., Algorithmic Learning in a Random World, 2005). None may be left: no such row was seen.

    Args:
        scores: (n,) of calibration rows, higher for class 1; of any scale.
        labels: (n,) their classes, 0 or 1.
        asked: (m,) scores of the asked rows.

    Returns:
        (m, 2) bool, for class 0 and class 1.
    """
    scores, asked, labels = checked(scores, "scores"), checked(asked, "asked"), np.asarray(labels)
    possible = np.empty((len(asked), 2), bool)
    for which, sign in ((0, 1.0), (1, -1.0)):  # a row is the further from class 0 the higher it is scored
        own = np.sort(sign * scores[labels == which])
        as_far = len(own) - np.searchsorted(own, sign * asked, side="left")
        possible[:, which] = (as_far + 1) / (len(own) + 1) > 1 - level
    return possible
