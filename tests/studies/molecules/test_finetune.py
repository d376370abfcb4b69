"""Tuning on a backbone of a few lines, whose molecules are vectors: what is learned is known beforehand."""

import math

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

from retort.studies.molecules.data import Records
from retort.studies.molecules.finetune import (
    Predictor,
    predict,
    rate,
    steps_of,
    tune,
)
from retort.studies.molecules.multitask import mean_auc, mean_rmse
from retort.training.seeding import seed_everything

from ...training.in_folder import context

TRAINING = {
    "batch": 16,
    "epochs": 40,
    "most_steps": 120,
    "least_steps": 30,
    "learning_rate": 1e-2,
    "encoder_rate": 1e-3,
    "weight_decay": 1e-4,
    "dropout": 0.0,
    "evaluations": 5,
    "head": 16,
}


class Vectors(nn.Module):
    """A backbone that reads molecules as vectors (M, 4)."""

    def __init__(self):
        super().__init__()
        self.width = 8
        self.layer = nn.Linear(4, 8)

    def forward(self, batch):
        return self.layer(batch).tanh()


def world(kind, count=120, train=60, missing=0.0, seed=0):
    """Records of two labels and the vectors behind them; the second label is the opposite of the first."""
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, 4)).astype(np.float32)
    first = vectors[:, 0] + vectors[:, 1]
    labels = np.stack([first, -first], axis=1).astype(float)
    labels = (labels > 0).astype(float) if kind == "classification" else 5 + 100 * labels
    labels[random.random(labels.shape) < missing] = np.nan
    parts = np.where(np.arange(count) < train, "train", np.where(np.arange(count) % 2, "valid", "test"))
    table = pl.DataFrame({"id": [f"{row:03d}" for row in range(count)], "part": parts})
    table = table.with_columns(standard=pl.Series(["C" * (row % 7 + 1) for row in range(count)]))
    return Records(table, labels, ("up", "down"), kind), vectors


def tuned(records, vectors, folder, seed=0, pretrained=False, **training):
    seed_everything(seed)
    seen = []

    def whole(rows, rng=None):
        seen.append(rng)
        return torch.from_numpy(vectors[rows])

    settings = {"finetuning": TRAINING | training, "backbone": "gin"}
    model, trained = tune(
        Vectors(),
        records,
        whole,
        settings,
        context(folder, seed),
        pretrained=pretrained,
    )
    assert set(seen) <= {None}
    return model, trained, predict(model, records, whole, records.predicted)


def test_number_of_steps_is_bounded_on_both_sides():
    assert steps_of(TRAINING, 17) == 80  # 40 epochs of 2 batches
    assert steps_of(TRAINING, 10_000) == 120
    assert steps_of(TRAINING | {"epochs": 1}, 12) == 30
    assert steps_of({**TRAINING, "epochs": 1, "least_steps": 1}, 12) == 1


@pytest.mark.parametrize("steps", [2, 9, 100])
def test_the_rate_rises_falls_and_never_leaves_its_bounds(steps):
    rates = [rate(step, steps) for step in range(steps + 1)]
    assert max(rates) == 1
    assert min(rates) >= 0
    assert rates[-1] == pytest.approx(0, abs=1e-12)
    top = rates.index(1)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_a_predictor_speaks_in_the_units_of_its_labels():
    model = Predictor(Vectors(), np.array([10.0, 0]), np.array([2.0, 1]), hidden=0, dropout=0.0).eval()
    batch = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    said = model(batch).double()
    torch.testing.assert_close(
        model.values(batch, "regression"), said * torch.tensor([2.0, 1]) + torch.tensor([10.0, 0])
    )
    torch.testing.assert_close(model.values(batch, "classification"), said.sigmoid())
    names = set(model.state_dict())
    assert {name.split(".")[0] for name in names} == {"backbone", "head", "center", "scale"}
    assert len([name for name in names if name.startswith("head")]) == 2


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_labels_are_learned_also_where_some_are_missing(kind, tmp_path):
    records, vectors = world(kind, missing=0.3)
    _, trained, values = tuned(records, vectors, tmp_path)
    labels = records.labels[records.predicted]
    if kind == "classification":
        assert mean_auc(values, labels)[0] > 0.95
        assert (values >= 0).all()
        assert (values <= 1).all()
    else:
        assert mean_rmse(values, labels) < 0.3 * 100 * math.sqrt(2)
    term = {"classification": "one-minus-auc", "regression": "rmse"}[kind]
    history = trained.history.filter(part="valid")
    assert set(history["term"]) == {"target", term}
    assert trained.facts[f"best_{term}"] == history.filter(pl.col("term") == term)["value"].min()


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_the_validation_terms_are_those_of_the_predictions(kind, tmp_path):
    records, vectors = world(kind, missing=0.2)
    _, trained, values = tuned(records, vectors, tmp_path)
    held = len(records.rows_of("valid"))
    labels = records.labels[records.predicted][:held]
    if kind == "classification":
        assert trained.facts["best_one-minus-auc"] == pytest.approx(1 - mean_auc(values[:held], labels)[0])
    else:
        _, scale = records.scaling()
        error = mean_rmse(values[:held] / scale, labels / scale)
        assert trained.facts["best_rmse"] == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_a_dozen_labels_of_one_class_still_give_numbers(kind, tmp_path):
    records, vectors = world(kind, train=12)
    train = records.rows_of("train")
    records.labels[train, 0] = 1.0  # one class, or one value
    records.labels[train, 1] = np.nan  # nothing at all
    _, trained, values = tuned(records, vectors, tmp_path, epochs=1)
    assert trained.steps == TRAINING["least_steps"]
    assert np.isfinite(values).all()


def test_validation_with_one_class_selects_on_the_loss(tmp_path):
    records, vectors = world("classification")
    records.labels[records.rows_of("valid")] = 1.0
    _, trained, _ = tuned(records, vectors, tmp_path)
    assert "best_target" in trained.facts


def test_the_seed_alone_decides(tmp_path):
    records, vectors = world("regression")
    runs = [
        tuned(records, vectors, tmp_path / name, seed=seed)[2]
        for name, seed in zip("abc", (1, 1, 2), strict=True)
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_a_finished_training_is_taken_up_as_it_is(tmp_path):
    """Its checkpoint holds optimizer and schedule, and no step is made again."""
    records, vectors = world("regression")
    _, first, values = tuned(records, vectors, tmp_path)
    _, second, again = tuned(records, vectors, tmp_path, seed=0)
    np.testing.assert_array_equal(values, again)
    assert first.history.equals(second.history)
    assert first.steps == second.steps


@pytest.mark.parametrize("randomised", [True, False])
def test_strings_are_written_anew_in_training_alone(randomised, tmp_path):
    records, vectors = world("classification")
    drawn = []

    def whole(rows, rng=None):
        drawn.append(None if rng is None else rng.random())
        return torch.from_numpy(vectors[rows])

    settings = {"finetuning": TRAINING, "backbone": "smiles", "smiles": {"randomised": randomised}}
    for folder in ("a", "b"):
        tune(Vectors(), records, whole, settings, context(tmp_path / folder, seed=3), pretrained=False)
    steps = [number for number in drawn if number is not None]
    assert len(steps) == (2 * steps_of(TRAINING, len(records.rows_of("train"))) if randomised else 0)
    # A step draws the same whatever came before it, and no other step draws that.
    assert steps[: len(steps) // 2] == steps[len(steps) // 2 :]
    assert len(set(steps)) == len(steps) // 2
    assert None in drawn  # validation


def test_a_pretrained_backbone_has_its_own_rate(tmp_path):
    """At a rate of nothing it stays as it is, while the same backbone without pre-training learns."""
    records, vectors = world("classification")
    seed_everything(0)
    first = Vectors().state_dict()
    still = {"encoder_rate": 0.0, "weight_decay": 0.0}
    kept, _, values = tuned(records, vectors, tmp_path / "kept", pretrained=True, **still)
    moved, *_ = tuned(records, vectors, tmp_path / "moved", pretrained=False, **still)
    asked, *_ = tuned(records, vectors, tmp_path / "asked", untrained_at_head_rate=False, **still)
    assert torch.equal(kept.backbone.layer.weight, first["layer.weight"])
    assert torch.equal(asked.backbone.layer.weight, first["layer.weight"])
    assert not torch.equal(moved.backbone.layer.weight, first["layer.weight"])
    assert mean_auc(values, records.labels[records.predicted])[0] > 0.8  # the head learned
