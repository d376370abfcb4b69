"""Influence functions: against the jackknife, numerical derivatives, DeLong's variance and bootstraps."""

import numpy as np
import pytest
from scipy import stats

from retort.statistics.components import over_items
from retort.statistics.influence import OVER_ITEMS, f1, iqr, mean, r2, roc_auc, root_mean_square, trimean
from retort.statistics.ranking import roc_auc as area
from retort.statistics.robust import iqr as plain_iqr
from retort.statistics.robust import trimean as plain_trimean

N = 60
rng = np.random.default_rng(5)
ERRORS = rng.exponential(size=N)
TRUE = rng.standard_normal(N)
PREDICTED = TRUE + 0.5 * rng.standard_normal(N)
LABELS = (rng.random(N) < 0.3).astype(float)
SCORES = np.round(LABELS + rng.standard_normal(N), 1)  # some tie
COUNTS = rng.poisson(4, size=(2, N)).astype(float)
HITS = np.minimum(*COUNTS) * 0.7


def moved(statistic, *columns):
    """Numerical influence: the derivative of the statistic when a weight e moves to one item, from repeated items.

    Item i stands in M + 1 of M N + 1 rows, every other in M: a weight of 1 / (M N + 1) moved to it.
    """
    many = 200
    whole = float(statistic(*columns).value)
    found = []
    for i in range(N):
        rows = [np.concatenate([np.repeat(column, many, axis=0), column[[i]]]) for column in columns]
        found.append((float(statistic(*rows).value) - whole) * (many * N + 1))
    return np.array(found)


@pytest.mark.parametrize(
    ("statistic", "columns"),
    [(mean, [ERRORS]), (root_mean_square, [ERRORS]), (r2, [PREDICTED, TRUE]), (f1, [HITS, *COUNTS])],
)
def test_smooth_statistics_against_a_numerical_derivative(statistic, columns):
    estimate = statistic(*columns)
    assert estimate.influence.mean() == pytest.approx(0, abs=1e-12)
    assert estimate.pseudo_values.mean() == pytest.approx(float(estimate.value))
    assert estimate.influence == pytest.approx(moved(statistic, *columns), abs=2e-2)


def test_values():
    assert float(mean(ERRORS).value) == pytest.approx(ERRORS.mean())
    assert float(root_mean_square(ERRORS).value) == pytest.approx(np.sqrt((ERRORS**2).mean()))
    assert float(trimean(ERRORS).value) == pytest.approx(plain_trimean(ERRORS))
    assert float(iqr(ERRORS).value) == pytest.approx(plain_iqr(ERRORS))
    assert float(r2(PREDICTED, TRUE).value) == pytest.approx(
        1 - ((TRUE - PREDICTED) ** 2).sum() / ((TRUE - TRUE.mean()) ** 2).sum()
    )
    assert float(f1(HITS, *COUNTS).value) == pytest.approx(2 * HITS.sum() / COUNTS.sum())
    assert float(roc_auc(SCORES, LABELS).value) == pytest.approx(area(SCORES, LABELS))


def test_replicates_are_rows():
    rows = np.stack([ERRORS, ERRORS[::-1] ** 2, 3 + ERRORS])
    for statistic in OVER_ITEMS.values():
        together = statistic(rows)
        for row, value, influence in zip(rows, together.value, together.influence, strict=True):
            alone = statistic(row)
            assert float(alone.value) == pytest.approx(value)
            assert alone.influence == pytest.approx(influence)
            assert influence.mean() == pytest.approx(0, abs=1e-9)


def test_roc_auc_has_the_variance_of_delong_and_of_the_jackknife():
    estimate = roc_auc(SCORES, LABELS)
    up, down = SCORES[LABELS == 1], SCORES[LABELS == 0]
    won = (np.sign(up[:, None] - down[None]) + 1) / 2
    delong = won.mean(axis=1).var(ddof=1) / up.size + won.mean(axis=0).var(ddof=1) / down.size
    assert over_items(estimate.pseudo_values).se ** 2 == pytest.approx(delong)
    left_out = np.array([area(np.delete(SCORES, i), np.delete(LABELS, i)) for i in range(N)])
    jackknife = (N - 1) / N * ((left_out - left_out.mean()) ** 2).sum()
    assert delong == pytest.approx(jackknife, rel=0.05)
    # Which items count for how much: against leaving each out.
    influence = (N - 1) * (float(estimate.value) - left_out)
    assert np.corrcoef(influence, estimate.influence)[0, 1] > 0.999


def test_roc_auc_of_several_labels_against_a_bootstrap():
    n = 400
    draw = np.random.default_rng(8)
    latent = draw.standard_normal((n, 1))
    labels = (latent + draw.standard_normal((n, 3)) > 0.8).astype(float)
    labels[draw.random((n, 3)) < 0.3] = np.nan
    labels[:, 2] = np.where(np.isnan(labels[:, 2]), np.nan, 0)  # only one class: takes no part
    scores = latent + draw.standard_normal((n, 3))
    estimate = roc_auc(scores, labels)
    areas = [
        area(s[np.isfinite(label)], label[np.isfinite(label)])
        for s, label in zip(scores.T[:2], labels.T[:2], strict=True)
    ]
    assert float(estimate.value) == pytest.approx(np.mean(areas))
    assert estimate.influence.mean() == pytest.approx(0, abs=1e-12)
    resampled = []
    for _ in range(800):
        rows = draw.integers(n, size=n)
        resampled.append(float(roc_auc(scores[rows], labels[rows]).value))
    assert over_items(estimate.pseudo_values).se == pytest.approx(np.std(resampled), rel=0.1)


@pytest.mark.parametrize("statistic", [trimean, iqr])
@pytest.mark.parametrize("shape", ["exponential", "rounded", "half zero", "lognormal"])
def test_quantiles_against_the_spread_of_fresh_samples(statistic, shape):
    draw = np.random.default_rng(11)
    n, samples = 300, 300
    values = draw.exponential(size=(samples, n))
    if shape == "rounded":
        values = np.round(values, 1)
    if shape == "half zero":
        values = np.where(draw.random((samples, n)) < 0.4, 0, values)
    if shape == "lognormal":
        values = np.exp(1.2 * draw.standard_normal((samples, n)))
    estimate = statistic(values)
    assert np.abs(estimate.influence.mean(axis=-1)).max() < 1e-9
    errors = np.sqrt((estimate.influence**2).mean(axis=-1) / n)
    assert errors.mean() == pytest.approx(np.std(estimate.value), rel=0.12)


def test_at_the_edge_of_an_atom_the_bootstrap_speaks():
    draw = np.random.default_rng(4)
    n, samples = 300, 200
    values = np.where(draw.random((samples, n)) < 0.5, 0.0, np.exp(draw.standard_normal((samples, n))))
    estimate = trimean(values)
    errors = np.sqrt((estimate.influence**2).mean(axis=-1) / n)
    assert errors.mean() == pytest.approx(np.std(estimate.value), rel=0.15)
    # What a bootstrap gives is the same whatever was asked before.
    assert trimean(values).influence == pytest.approx(estimate.influence, abs=0)


def test_intervals_of_the_trimean_cover():
    """94-96 % in long simulations; 600 samples tell that from 90 % or 98 %."""
    draw = np.random.default_rng(2)
    truth = plain_trimean(stats.expon.ppf((np.arange(100_000) + 0.5) / 100_000))
    estimate = trimean(draw.exponential(size=(600, 150)))
    levels = [over_items(row) for row in estimate.pseudo_values]
    inside = np.mean([level.low <= truth <= level.high for level in levels])
    assert 0.925 < inside < 0.975


def test_flat_and_tiny_samples():
    for statistic in OVER_ITEMS.values():
        assert not statistic([2.0, 2.0, 2.0, 2.0]).influence.any()
        assert not statistic([3.0]).influence.any()
    assert not root_mean_square([0.0, 0.0]).influence.any()


def test_awkward_input_is_named():
    with pytest.raises(ValueError, match="empty"):
        mean([])
    with pytest.raises(ValueError, match="non-finite"):
        trimean([1.0, np.nan])
    with pytest.raises(ValueError, match="no label has both classes"):
        roc_auc([0.1, 0.2], [1.0, 1.0])
    with pytest.raises(ValueError, match="labels must be 0, 1 or NaN"):
        roc_auc([0.1, 0.2], [1.0, 2.0])
    with pytest.raises(ValueError, match="measured items need scores"):
        roc_auc([0.1, np.nan], [1.0, 0.0])
    with pytest.raises(ValueError, match="differ"):
        r2([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="all true values are equal"):
        r2([1.0, 2.0], [1.0, 1.0])
    with pytest.raises(ValueError, match="no document"):
        f1([0.0], [0.0], [0.0])
