"""Training: it learns, what it watches never acts, an interrupted run ends with the same bytes."""

import copy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
import torch

from retort.studies.yields import finetune as module
from retort.studies.yields.data import read
from retort.studies.yields.finetune import Watched, finetune, loss_terms, passes, steps_of
from retort.studies.yields.model import YieldNet
from retort.studies.yields.reactions import Reactions
from retort.training.loop import Budget
from retort.training.run import RunContext
from retort.training.seeding import seed_everything
from tests.studies.yields.small_plate import NETWORK, SETTINGS, inputs, places


def settings(**blocks: dict) -> dict:
    chosen = copy.deepcopy(SETTINGS)
    for name, block in blocks.items():
        chosen[name] |= block
    return chosen


def context(folder: Path, seed: int = 0) -> RunContext:
    seed_everything(seed)
    return RunContext(seed, torch.device("cpu"), folder, "x", progress=False)


def run(folder: Path, seed: int = 0, **blocks: dict):
    given = inputs()
    return finetune(read(given.prepared, given.split), given, settings(**blocks), context(folder, seed))


@pytest.mark.parametrize("views", [["graph"], ["sequence"], ["graph", "sequence", "features"]])
def test_it_learns_the_plate(tmp_path, views):
    training = {"epochs": 150, "learning_rate": 1e-2, "evaluations": 5}
    predicted, _, facts, history = run(
        tmp_path,
        network={"views": views, "head": {"width": 16, "dropout": 0.0}},
        loss={"agreement": 0.0},
        training=training,
    )
    last = history.filter(part="valid", term="test_r2")["value"]
    assert last[-1] > 0.9
    assert facts["steps"] == 300
    records = read(inputs().prepared, inputs().split)
    truth = records.yields[records.predicted]
    assert 1 - ((predicted.mean - truth) ** 2).mean() / truth.var() > 0.9


def test_what_is_watched_is_the_best_of_each_part(tmp_path):
    predicted, weights, facts, history = run(tmp_path, training={"evaluations": 3})
    records = read(inputs().prepared, inputs().split)
    truth, held = records.yields[records.predicted], len(records.rows_of("valid"))
    for column, rows, part in (
        (predicted.chosen, slice(held), "valid"),
        (predicted.peeked, slice(held, None), "test"),
    ):
        found = 1 - ((column[rows].clip(0, 100) - truth[rows]) ** 2).mean() / truth[rows].var()
        values = history.filter(pl.col("step") > 0, term=f"{part}_r2")["value"]
        assert len(values) == 3
        assert found == pytest.approx(values.max())
    assert not [name for name in weights if "best" in name or "means" in name]
    assert len(facts["experts"]) == 2
    assert (predicted.epistemic > 0).all()
    assert (predicted.aleatoric > 0).all()


def test_yields_of_valid_and_test_never_act(tmp_path):
    given = inputs()
    records = read(given.prepared, given.split)
    outcomes = []
    for number, shift in enumerate((0.0, 7.0)):
        records.yields[records.predicted] += shift
        outcomes.append(finetune(records, given, settings(), context(tmp_path / str(number))))
    np.testing.assert_array_equal(outcomes[0][0].mean, outcomes[1][0].mean)
    for name, value in outcomes[0][1].items():
        assert torch.equal(value, outcomes[1][1][name]), name


class Killed(RuntimeError):
    pass


def test_an_interrupted_run_ends_with_the_same_bytes(tmp_path, monkeypatch):
    expected = run(tmp_path / "whole")
    real, calls = module.loss_terms, []

    def fails(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise Killed
        return real(*arguments)

    often = replace(Budget.of(steps_of(SETTINGS["training"], 30), 3), checkpoint_seconds=0.0)
    monkeypatch.setattr(module, "Budget", SimpleNamespace(of=lambda *_: often))
    monkeypatch.setattr(module, "loss_terms", fails)
    with pytest.raises(Killed):
        run(tmp_path / "killed")
    monkeypatch.setattr(module, "loss_terms", real)
    found = run(tmp_path / "killed")
    for name in ("mean", "aleatoric", "epistemic", "chosen", "peeked"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(expected[0], name))
    for name, value in expected[1].items():
        assert torch.equal(value, found[1][name]), name
    assert found[3].equals(expected[3])


def test_terms_of_the_loss_by_hand():
    plate = Reactions(inputs().features, NETWORK, 0)
    torch.manual_seed(0)
    network = NETWORK | {"views": ["graph"], "head": {"width": 16, "dropout": 0.0}}
    model = YieldNet(network, plate.widths)
    batch, target = plate.batch(places()[:6]), torch.linspace(-1, 1, 6)
    mean, s, _ = model(batch)
    square = ((mean - target) ** 2).mean()
    noise = ((mean - target) ** 2 * torch.exp(-s) + s).mean()
    terms = loss_terms(model, batch, target, {"noise": 0.1, "agreement": 0.01, "balance": 0.01})
    torch.testing.assert_close(terms["squared_error"], square)
    torch.testing.assert_close(terms["total"], 0.9 * square + 0.1 * noise)
    assert terms["agreement"].item() == pytest.approx(0, abs=1e-6)
    alone = loss_terms(model, batch, target, {"noise": 0, "agreement": 0, "balance": 0.01})
    assert set(alone) == {"squared_error", "total"}
    torch.testing.assert_close(alone["total"], square)


def test_without_noise_nothing_teaches_the_variance():
    plate = Reactions(inputs().features, NETWORK, 0)
    torch.manual_seed(0)
    model = YieldNet(NETWORK, plate.widths)
    weights = {"noise": 0.0, "agreement": 1.0, "balance": 0.0}
    terms = loss_terms(model, plate.batch(places()[:6]), torch.zeros(6), weights)
    last = torch.autograd.grad(terms["agreement"], model.rest[-1].weight)[0]
    assert last[0].abs().max() > 0
    assert (last[1] == 0).all()


def test_no_aleatoric_without_its_loss_and_no_epistemic_without_passes(tmp_path):
    predicted, *_ = run(tmp_path, loss={"noise": 0.0, "agreement": 0.0}, training={"passes": 0, "epochs": 1})
    assert predicted.aleatoric is None
    assert predicted.epistemic is None


def test_passes_leave_the_global_generator_and_the_mode(tmp_path):
    plate = Reactions(inputs().features, NETWORK, 0)
    torch.manual_seed(0)
    model = YieldNet(NETWORK, plate.widths).eval()
    with torch.no_grad():
        encoded = model.encode(plate.batch(places()))
    before = torch.get_rng_state()

    def said() -> torch.Tensor:
        return model.head(encoded)[0]

    means = passes(model, said, 4, 0)
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(part.training for part in model.modules())
    assert means.shape == (4, 48)
    assert means.dtype == torch.float64
    assert (means.std(dim=0) > 0).all()
    assert torch.equal(means, passes(model, said, 4, 0))
    assert not torch.equal(means, passes(model, said, 4, 1))


def test_constant_yields_do_not_break_what_is_watched():
    given = inputs()
    records = read(given.prepared, given.split)
    records.yields[:] = 50.0
    watched = Watched(YieldNet(NETWORK, Reactions(given.features, NETWORK, 0).widths), records)
    count = len(records.predicted)
    for value in (10.0, 40.0, 20.0):
        terms = watched.note(torch.full((count,), value, dtype=torch.float64))
    assert terms["valid_rmse"] == pytest.approx(30)
    assert watched.means[0].tolist() == [40.0] * count


def test_steps():
    training = SETTINGS["training"] | {"epochs": 10, "batch": 16, "least_steps": 25, "most_steps": 40}
    assert steps_of(training, 33) == 30
    assert steps_of(training, 5) == 25
    assert steps_of(training | {"extra_steps": 7}, 500) == 47
