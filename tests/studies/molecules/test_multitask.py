"""Losses and means over labels of which some are unmeasured, and what validation reports of them."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, roc_auc_score

from retort.studies.molecules.multitask import Validation, masked_loss, mean_auc, mean_rmse


def test_loss_of_measured_labels_by_hand():
    output = torch.tensor([[0.0, 2.0], [-1.0, 5.0]], requires_grad=True)
    target = torch.tensor([[1.0, 0.0], [math.nan, 1.0]])
    probabilities = output.detach().sigmoid().flatten()[[0, 1, 3]].double().numpy()
    found = masked_loss(output, target, "classification")
    assert found.item() == pytest.approx(log_loss([1, 0, 1], probabilities))
    found.backward()
    assert output.grad[1, 0] == 0
    assert output.grad.isfinite().all()
    assert masked_loss(output, target, "regression").item() == pytest.approx((1 + 4 + 16) / 3)
    nothing = masked_loss(output, torch.full((2, 2), math.nan), "regression")
    nothing.backward()
    assert nothing.item() == 0
    assert output.grad.isfinite().all()


def test_mean_scores_skip_what_cannot_be_scored():
    labels = np.array([[1, 1, np.nan], [0, 1, np.nan], [1, 1, 1], [0, np.nan, 0]], float)
    values = np.random.default_rng(0).normal(size=labels.shape)
    expected = np.mean([roc_auc_score(labels[:, 0], values[:, 0]), roc_auc_score([1, 0], values[2:, 2])])
    assert mean_auc(values, labels) == (pytest.approx(expected), 2)
    assert mean_auc(values[:, 1:2], labels[:, 1:2]) == (None, 0)
    assert mean_rmse(np.array([[1.0, 9], [3, 9]]), np.array([[0.0, np.nan], [0, np.nan]])) == math.sqrt(5)
    assert mean_rmse(np.ones((1, 1)), np.full((1, 1), np.nan)) is None


@pytest.mark.parametrize(
    ("labels", "kind", "select"),
    [
        ([[1.0, 1], [0, np.nan]], "classification", "one-minus-auc"),
        ([[1.0, 1], [1, np.nan]], "classification", "target"),
        ([[1.0, 2], [3, np.nan]], "regression", "rmse"),
        ([[np.nan, np.nan]], "regression", "target"),
    ],
)
def test_the_model_is_chosen_by_what_can_be_scored(labels, kind, select):
    labels = np.array(labels)
    output = np.random.default_rng(0).normal(size=labels.shape)
    validation = Validation(labels, kind)
    terms = validation.terms(output)
    assert validation.select == select
    assert set(terms) == {"target", select}
    if select == "one-minus-auc":
        assert terms[select] == 1 - mean_auc(output, labels)[0]
    if select == "rmse":
        assert terms[select] == mean_rmse(output, labels)
