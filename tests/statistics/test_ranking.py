"""Areas against scikit-learn, also on resamples that are written out item by item."""

import time

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, root_mean_squared_error

from retort.statistics.ranking import (
    auc_bootstrap,
    auc_tables,
    item_weights,
    rmse_bootstrap,
    roc_auc,
)


def drawn(items, labels=1, seeds=2, seed=0, missing=0.0, tied=True):
    random = np.random.default_rng(seed)
    truth = (random.random((items, labels)) < 0.4).astype(float)
    truth[random.random(truth.shape) < missing] = np.nan
    signal = np.nan_to_num(truth)
    systems = [signal * strength + random.normal(size=(seeds, items, labels)) for strength in (1.5, 0.5)]
    return [np.round(some, 1) if tied else some for some in systems], truth


def test_area_by_hand_with_ties():
    # Of four pairs: 0.8 > 0.5, 0.8 > 0.2, 0.5 = 0.5, 0.5 > 0.2.
    assert roc_auc([0.8, 0.5, 0.5, 0.2], [1, 1, 0, 0]) == 3.5 / 4
    assert roc_auc([1, 1, 1], [1, 0, 0]) == 0.5
    assert roc_auc([np.inf, -np.inf], [0, 1]) == 0


@pytest.mark.parametrize("seed", range(5))
def test_area_is_that_of_sklearn(seed):
    (scores, _), truth = drawn(100, seed=seed)
    assert roc_auc(scores[0, :, 0], truth[:, 0]) == pytest.approx(roc_auc_score(truth[:, 0], scores[0, :, 0]))


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


def test_weighted_differences_are_those_of_explicit_resamples():
    (ours, theirs), truth = drawn(60, labels=3, missing=0.3)
    weights = item_weights(60, 40, np.random.default_rng(5))
    assert (weights.sum(axis=1) == 60).all()
    tables = auc_tables(ours, theirs, truth)
    assert len(tables) == 3
    for table in tables:
        known = np.isfinite(truth[:, table.label])
        found = table.differences(weights)
        for resample in range(40):
            rows = np.repeat(np.arange(60), weights[resample].astype(int))
            rows = rows[known[rows]]
            areas = [
                np.mean([roc_auc_score(truth[rows, table.label], told[rows, table.label]) for told in some])
                for some in (ours, theirs)
            ]
            assert found[resample] == pytest.approx(areas[0] - areas[1], abs=1e-12)


def test_interval_is_the_percentiles_of_explicit_resamples():
    (ours, theirs), truth = drawn(50, seeds=3)
    found = auc_bootstrap(ours, theirs[:1], truth, seed=7, resamples=200)
    random = np.random.default_rng(7)
    differences = []
    for _ in range(200):
        rows = random.integers(50, size=50)
        ours_here = np.mean([roc_auc_score(truth[rows, 0], told[rows, 0]) for told in ours])
        differences.append(ours_here - roc_auc_score(truth[rows, 0], theirs[0, rows, 0]))
    assert (found.low, found.high) == pytest.approx(np.quantile(differences, [0.025, 0.975]))
    full = np.mean([roc_auc_score(truth[:, 0], told[:, 0]) for told in ours])
    assert found.difference == pytest.approx(full - roc_auc_score(truth[:, 0], theirs[0, :, 0]))
    assert found.low < found.difference < found.high
    assert (found.n_items, found.resamples, found.lost) == (50, 200, 0)


def test_equal_systems_differ_by_nothing_and_swapped_ones_by_the_opposite():
    (ours, theirs), truth = drawn(80, labels=2)
    same = auc_bootstrap(ours, ours[::-1], truth, seed=0)
    assert same[:3] == pytest.approx((0, 0, 0), abs=1e-12)
    one, other = auc_bootstrap(ours, theirs, truth, seed=0), auc_bootstrap(theirs, ours, truth, seed=0)
    assert one.difference == pytest.approx(-other.difference)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_resamples_without_a_class_are_counted_and_left_out():
    labels = np.array([[1.0], [0.0], [0.0], [0.0]])
    ours, theirs = np.array([[[3.0], [1], [2], [0]]]), np.array([[[0.0], [1], [2], [3]]])
    found = auc_bootstrap(ours, theirs, labels, seed=0)
    # The only positive is not drawn in (3/4)^4 of the resamples, and alone in (1/4)^4.
    expected = 0.75**4 + 0.25**4
    assert found.lost == 2000 - found.resamples
    assert found.lost / 2000 == pytest.approx(expected, abs=0.04)
    # Every resample that can be ranked is ranked perfectly by the one and never right by the other.
    assert found[:3] == (1, 1, 1)
    # With a second label that never loses a class no resample goes.
    many = np.concatenate([np.repeat(labels, 10, axis=0), np.tile([[1.0], [0.0]], (20, 1))], axis=1)
    wide = np.repeat(ours, 10, axis=1).repeat(2, axis=2)
    assert auc_bootstrap(wide, wide, many, seed=0).resamples == 2000


def test_labels_with_one_class_take_no_part():
    (ours, theirs), truth = drawn(50, labels=2)
    truth[:, 1] = 1
    found = auc_bootstrap(ours, theirs, truth, seed=0)
    alone = auc_bootstrap(ours[..., :1], theirs[..., :1], truth[:, :1], seed=0)
    assert found == alone
    with pytest.raises(ValueError, match="both classes"):
        auc_bootstrap(ours[..., 1:], theirs[..., 1:], truth[:, 1:], seed=0)


def test_errors_of_explicit_resamples():
    random = np.random.default_rng(3)
    truth = random.normal(size=(40, 2))
    truth[:5, 1] = np.nan
    ours = np.nan_to_num(truth) + 0.1 * random.normal(size=(2, 40, 2))
    theirs = np.nan_to_num(truth) + 0.5 * random.normal(size=(3, 40, 2))
    found = rmse_bootstrap(ours, theirs, truth, seed=11, resamples=100)

    def error(told, rows):
        known = [rows[np.isfinite(truth[rows, label])] for label in (0, 1)]
        return np.mean(
            [
                root_mean_squared_error(truth[known[label], label], some[known[label], label])
                for some in told
                for label in (0, 1)
            ]
        )

    draw = np.random.default_rng(11)
    resampled = [draw.integers(40, size=40) for _ in range(100)]
    differences = [error(ours, rows) - error(theirs, rows) for rows in resampled]
    assert (found.low, found.high) == pytest.approx(np.quantile(differences, [0.025, 0.975]))
    everything = np.arange(40)
    assert found.difference == pytest.approx(error(ours, everything) - error(theirs, everything))
    assert found.high < 0


def test_unlike_shapes_and_missing_scores_are_named():
    (ours, theirs), truth = drawn(30)
    with pytest.raises(ValueError, match="same items"):
        auc_bootstrap(ours[:, :20], theirs, truth, seed=0)
    ours[0, 3, 0] = np.nan
    with pytest.raises(ValueError, match="no score"):
        auc_bootstrap(ours, theirs, truth, seed=0)


def test_coverage_is_near_its_level():
    """Two scores of equal quality differ by nothing: 95 % of the intervals should say so."""
    random = np.random.default_rng(2)
    covered = []
    for _ in range(200):
        truth = (random.random((80, 1)) < 0.5).astype(float)
        ours, theirs = truth + random.normal(size=(2, 1, 80, 1))
        found = auc_bootstrap(ours, theirs, truth, seed=0, resamples=300)
        covered.append(found.low <= 0 <= found.high)
    assert 0.89 < np.mean(covered) < 0.99


def test_many_labels_take_little_time():
    (ours, theirs), truth = drawn(800, labels=12, seeds=3, missing=0.2, tied=False)
    start = time.process_time()
    auc_bootstrap(ours, theirs, truth, seed=0)
    assert time.process_time() - start < 15  # some two seconds on a quiet core
