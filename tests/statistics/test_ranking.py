"""Areas against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from retort.statistics.ranking import roc_auc


def test_area_by_hand_with_ties():
    # Of four pairs: 0.8 > 0.5, 0.8 > 0.2, 0.5 = 0.5, 0.5 > 0.2.
    assert roc_auc([0.8, 0.5, 0.5, 0.2], [1, 1, 0, 0]) == 3.5 / 4
    assert roc_auc([1, 1, 1], [1, 0, 0]) == 0.5
    assert roc_auc([np.inf, -np.inf], [0, 1]) == 0


@pytest.mark.parametrize("seed", range(5))
def test_area_is_that_of_sklearn(seed):
    random = np.random.default_rng(seed)
    truth = (random.random(100) < 0.4).astype(float)
    scores = np.round(1.5 * truth + random.normal(size=100), 1)  # with ties
    assert roc_auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


@pytest.mark.parametrize(
    ("scores", "labels", "said"),
    [
        ([1, 2], [1, 1], "needs both"),
        ([np.nan, 2], [1, 0], "must be numbers"),
        ([1, 2], [1, np.nan], "must be numbers"),
        ([1, 2, 3], [1, 0], "equally long"),
    ],
)
def test_what_cannot_be_ranked_is_named(scores, labels, said):
    with pytest.raises(ValueError, match=said):
        roc_auc(scores, labels)
