"""The D-MPNN in our loop; `test_chemprop` compares it with its model."""

import numpy as np
import polars as pl
import pytest
import torch

from retort.chemistry.molecules import MoleculeError
from retort.studies.molecules import dmpnn
from retort.studies.molecules.data import Records
from retort.studies.molecules.multitask import masked_loss
from retort.training.seeding import seed_everything

from ...training.in_folder import context

CPU = torch.device("cpu")
TEXTS = [
    "CCO",
    "c1ccccc1",
    "CC(=O)O",
    "C",
    "CCN(C)C",
    "O=C1CCCN1",
    "C[C@H](N)C(=O)O",
    "[Na+].[Cl-]",
    "N#Cc1ccncc1",
]
SETTINGS = {
    "method": "dmpnn",
    "dmpnn": {
        "hidden": 32,
        "depth": 3,
        "batch": 4,
        "epochs": 20,
        "most_steps": 12,
        "learning_rate": 1e-3,
        "least_steps": 1,
    },
}


def records_of(texts, labels, kind="classification", parts=None):
    table = pl.DataFrame(
        {
            "id": [f"{row:03d}" for row in range(len(texts))],
            "part": parts or ["train"] * len(texts),
            **{text: list(texts) for text in ("standard", "canonical", "smiles")},
        }
    )
    labels = np.asarray(labels, np.float64).reshape(len(texts), -1)
    return Records(table, labels, tuple(f"label {k}" for k in range(labels.shape[1])), kind)


def small(records, tmp_path, seed=0, **changes):
    seed_everything(seed)
    settings = SETTINGS | {"dmpnn": SETTINGS["dmpnn"] | changes}
    values, trained, weights = dmpnn.train(records, settings, context(tmp_path, seed, f"{seed}{changes}"))
    (tmp_path / "checkpoint.safetensors").unlink()
    return values, trained, weights


@pytest.fixture
def records():
    """Rows of all parts: whether there is an oxygen, and a label that is measured on half of the rows."""
    texts = [f"{'C' * (row % 7 + 1)}{'NOSF'[row % 4]}" for row in range(28)]
    oxygen = [float("O" in text) for text in texts]
    half = [float(row % 3 == 0) if row % 2 else np.nan for row in range(28)]
    parts = (["train"] * 5 + ["valid", "test"]) * 4
    return records_of(texts, np.stack([oxygen, half], axis=1), parts=parts)


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_it_can_learn_eight_molecules_by_heart(kind):
    seed_everything(0)
    labels = [[0, 1], [1, np.nan], [0, 0], [1, 1], [1, 0], [0, 0], [1, 1], [0, 1]]
    records = records_of(TEXTS[:8], labels, kind)
    center, scale = records.scaling()
    model = dmpnn.DMPNN(center, scale, 64, 3)
    batch = dmpnn.MolGraphs(records.texts, CPU)(np.arange(8))
    wanted = torch.from_numpy(((records.labels - center) / scale).astype(np.float32))
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for _ in range(300):
        error = masked_loss(model(batch), wanted, kind)
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        losses.append(error.item())
    assert losses[-1] < 0.02 < 0.3 < losses[0]
    values = model.values(batch, kind).detach().numpy()
    known = np.isfinite(records.labels)
    np.testing.assert_allclose(values[known], records.labels[known], atol=0.25)


def test_labels_that_were_not_measured_do_not_count(records, tmp_path):
    """Half of the labels unmeasured: the gradient is that of the other half alone."""
    one = Records(records.table, records.labels[:, :1], records.names[:1], records.kind)
    center, scale = np.zeros(1), np.ones(1)
    torch.manual_seed(0)
    model = dmpnn.DMPNN(center, scale, 16, 2)
    batch = dmpnn.MolGraphs(one.texts, CPU)(np.arange(8))
    wanted = torch.tensor(one.labels[:8], dtype=torch.float32)
    wanted[::2] = torch.nan
    masked_loss(model(batch), wanted, "classification").backward()
    masked = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    alone = dmpnn.MolGraphs(one.texts, CPU)(np.arange(1, 8, 2))
    masked_loss(model(alone), wanted[1::2], "classification").backward()
    for ours, parameter in zip(masked, model.parameters(), strict=True):
        assert torch.isfinite(ours).all()
        torch.testing.assert_close(ours, parameter.grad, rtol=1e-4, atol=1e-7)
    values, trained, _ = small(records, tmp_path)
    assert np.isfinite(values).all()
    assert trained.history["value"].is_finite().all()


def test_a_run_gives_valid_then_test_and_is_repeatable(records, tmp_path):
    values, trained, weights = small(records, tmp_path)
    assert values.shape == (len(records.predicted), 2)
    assert ((values > 0) & (values < 1)).all()
    assert trained.steps == 12
    assert {"target", "one-minus-auc"} == set(trained.history.filter(part="valid")["term"])
    again, _, same = small(records, tmp_path)
    np.testing.assert_array_equal(values, again)
    for name, value in weights.items():
        torch.testing.assert_close(value, same[name], rtol=0, atol=0)
    assert (small(records, tmp_path, seed=1)[0] != values).any()
    restored = dmpnn.DMPNN(np.zeros(2), np.ones(2), 32, 3)
    restored.load_state_dict(weights)
    batch = dmpnn.MolGraphs(records.texts, CPU)(records.predicted)
    with torch.no_grad():
        np.testing.assert_allclose(restored.eval().values(batch, "classification"), values, rtol=1e-5)


def test_it_learns_and_is_chosen_by_the_mean_over_valid(records, tmp_path):
    lengths = np.array([float(len(text)) for text in records.texts])
    numbers = Records(records.table, 50 + 10 * lengths[:, None], ("length",), "regression")
    values, trained, _ = small(numbers, tmp_path, most_steps=150, epochs=200, learning_rate=5e-3)
    wanted = numbers.labels[numbers.predicted]
    assert np.abs(values - wanted).mean() < 0.3 * np.abs(wanted - wanted.mean()).mean()
    rmse = trained.history.filter(part="valid", term="rmse")
    assert trained.best_step == rmse["step"][rmse["value"].arg_min()]


def test_it_stops_when_validation_has_stopped_improving(records, tmp_path):
    """With a rate of nothing no validation is better than the first: it ends after `patience` more."""
    _, trained, _ = small(
        records, tmp_path, epochs=50, most_steps=600, evaluations=50, patience=3, learning_rate=1e-12
    )
    every = trained.facts["budget"]["evaluate_every"]
    assert trained.facts["budget"]["patience"] == 3
    assert (trained.best_step, trained.steps) == (every, 4 * every)


def test_the_rate_is_chemprops(records):
    """A tenth at the start, all after the rise, a tenth at the end."""
    weight = torch.nn.Linear(1, 1)
    made = dmpnn._descent(weight, {"learning_rate": 1e-3}, 1300, 26)
    rates = []
    for _ in range(1300):
        rates.append(made.optimizer.param_groups[0]["lr"])
        made.optimizer.step()
        made.schedule.step()
    assert rates[0] == pytest.approx(1e-4)
    assert int(np.argmax(rates)) == 52  # two epochs of 26 steps
    assert max(rates) == pytest.approx(1e-3)
    assert rates[52 + 624] == pytest.approx(1e-3 * 0.1**0.5)
    assert rates[-1] == pytest.approx(1e-4, rel=0.01)


def test_a_text_that_cannot_be_read_is_refused():
    with pytest.raises(MoleculeError):
        dmpnn.MolGraphs(["CCO", "C(C"], CPU)
