"""Probe and neighbours against scikit-learn and against sums written out by hand."""

import numpy as np
import polars as pl
import pytest
import torch
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors
from torch import nn

from retort.studies.molecules import frozen
from retort.studies.molecules.data import Records


def world(kind, *, missing=0.0, seed=0, count=120, width=6):
    """Features (N, W) and records whose two labels follow them with some noise."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(count, width))
    labels = features[:, :2] + 0.5 * random.normal(size=(count, 2))
    labels = (labels > 0.3).astype(float) if kind == "classification" else 50 + 10 * labels
    labels[random.random(labels.shape) < missing] = np.nan
    parts = np.resize(["train", "train", "valid", "test"], count)
    texts = ["C" * length for length in random.integers(1, 30, count)]
    table = pl.DataFrame({"id": [f"{row:03d}" for row in range(count)], "part": parts, "standard": texts})
    return features, Records(table, labels, ("one", "two"), kind)


def test_vectors_are_those_of_each_molecule_alone_in_the_order_of_the_records(monkeypatch):
    monkeypatch.setattr(frozen, "EMBEDDED_AT_ONCE", 7)
    features, records = world("regression")
    layer = nn.Sequential(nn.Linear(6, 5), nn.Dropout(0.5))
    layer.width = 5
    asked = []

    def whole(rows, rng=None):
        asked.append([len(records.texts[row]) for row in rows])
        return torch.from_numpy(features[rows]).float()

    found = frozen.vectors(layer, records, whole)
    assert found.shape == (120, 5)
    assert found.dtype == np.float32
    for row in (0, 17, 119):
        np.testing.assert_allclose(
            found[row], layer[0](torch.from_numpy(features[row]).float()).detach(), rtol=1e-4, atol=1e-6
        )
    lengths = [length for batch in asked for length in batch]
    assert lengths == sorted(lengths)


def test_features_are_scaled_by_the_training_molecules_and_dead_units_vanish():
    random = np.random.default_rng(0)
    found = random.normal(3, 5, size=(30, 4)).astype(np.float32)
    found[:20, 2] = 7  # says nothing of train
    scaled, center, scale = frozen.standardised(found, np.arange(20))
    np.testing.assert_allclose(scaled[:20, [0, 1, 3]].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled[:20, [0, 1, 3]].std(axis=0), 1, atol=1e-6)
    assert (scaled[:, 2] == 0).all()
    np.testing.assert_allclose(scaled, (found - center) / scale)
    constant, *_ = frozen.standardised(np.ones((5, 3), np.float32), np.arange(3))
    assert (constant == 0).all()


def test_the_probe_is_logistic_regression_of_the_strength_that_validation_prefers():
    features, records = world("classification", missing=0.2)
    values, weights, biases, strength = frozen.probe(features, records)
    train, held = records.rows_of("train"), records.rows_of("valid")
    best = {}
    for c in frozen.STRENGTHS:
        told, areas = [], []
        for label in range(2):
            known = train[np.isfinite(records.labels[train, label])]
            seen = held[np.isfinite(records.labels[held, label])]
            model = LogisticRegression(C=c, class_weight="balanced", max_iter=500, tol=1e-8)
            model.fit(features[known], records.labels[known, label])
            told.append(model.predict_proba(features)[:, 1])
            areas.append(roc_auc_score(records.labels[seen, label], told[-1][seen]))
        best[c] = np.mean(areas), np.stack(told, axis=1)
    assert best[strength][0] == max(area for area, _ in best.values())
    # The probe's solver stops at a gradient of 1e-3.
    np.testing.assert_allclose(values, best[strength][1], atol=1e-2)
    np.testing.assert_allclose(values, expit(features @ weights.T + biases))


def test_the_probe_of_numbers_finds_the_line_they_lie_on():
    features, records = world("regression")
    line = np.array([[3.0, 0, -1, 0, 0, 2], [0, 1, 0, 0, 0, 0]])
    records.labels[:] = 7 + features @ line.T
    values, weights, biases, strength = frozen.probe(features, records)
    assert strength == max(frozen.STRENGTHS)
    # Ridge regression in closed form, on labels in standard units.
    train = records.rows_of("train")
    known, (center, scale) = features[train], records.scaling()
    middle = known.mean(axis=0)
    wanted = (records.labels[train] - center) / scale
    inner = (known - middle).T @ (known - middle) + np.eye(6) / strength
    exact = scale[:, None] * np.linalg.solve(inner, (known - middle).T @ wanted).T
    np.testing.assert_allclose(weights, exact, atol=1e-8)
    np.testing.assert_allclose(exact, line, atol=0.1)
    np.testing.assert_allclose(features @ weights.T + biases, values)


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_test_labels_are_never_read(kind):
    features, records = world(kind)
    told = records.rows_of("test")

    def both():
        votes = frozen.nearest(features, records, told, neighbours=5, temperature=0.1)
        return frozen.probe(features, records)[0][told], votes

    before = both()
    records.labels[told] = np.nan
    for one, other in zip(before, both(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_neighbours_vote_as_in_sklearn(kind, monkeypatch):
    monkeypatch.setattr(frozen, "QUERIES_AT_ONCE", 11)
    features, records = world(kind, missing=0.3)
    asked = records.predicted
    found = frozen.nearest(features, records, asked, neighbours=4, temperature=0.2)
    train = records.rows_of("train")
    for label in range(2):
        known = train[np.isfinite(records.labels[train, label])]
        search = NearestNeighbors(n_neighbors=4, metric="cosine").fit(features[known])
        distances, places = search.kneighbors(features[asked])
        weights = np.exp((1 - distances) / 0.2)
        voted = (weights * records.labels[known, label][places]).sum(axis=1) / weights.sum(axis=1)
        np.testing.assert_allclose(found[:, label], voted, rtol=1e-4)


def test_few_labels_give_constants_and_never_nan():
    for kind, middle in (("classification", 0.5), ("regression", 0.0)):
        features, records = world(kind)
        train = records.rows_of("train")
        records.labels[train[3:], 0] = np.nan  # three voters
        records.labels[train[:3], 0] = 1.0  # of one class, or one value
        records.labels[train, 1] = np.nan
        values, *_ = frozen.probe(features, records)
        votes = frozen.nearest(features, records, records.predicted, neighbours=20, temperature=0.07)
        assert np.isfinite(values).all()
        assert np.ptp(values, axis=0).max() < 1e-6
        np.testing.assert_allclose(votes[:, 0], 1.0)
        np.testing.assert_allclose(votes[:, 1], middle)


def test_collapsed_vectors_vote_alike():
    features, records = world("classification")
    votes = frozen.nearest(0 * features, records, records.predicted, neighbours=20, temperature=0.07)
    assert np.isfinite(votes).all()
    assert len(np.unique(votes.round(12), axis=0)) == 1


@pytest.mark.parametrize(
    "wrong", [{"neighbours": 0, "temperature": 1.0}, {"neighbours": 3, "temperature": 0.0}]
)
def test_impossible_votes_are_named(wrong):
    features, records = world("classification")
    with pytest.raises(ValueError, match="Hint"):
        frozen.nearest(features, records, records.predicted, **wrong)
