"""Pre-training: the pretext is learned, from the right reactions, and what it lends is taken up."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from retort.sealed import write_tensors
from retort.studies.yields import pretrain as module
from retort.studies.yields.data import read
from retort.studies.yields.finetune import lend
from retort.studies.yields.model import YieldNet
from retort.studies.yields.pretrain import PRETEXTS, contrast_loss, hide, pretrain, twins
from retort.studies.yields.reactions import Reactions
from tests.studies.yields.small_plate import NETWORK, inputs, places
from tests.studies.yields.test_finetune import context, settings


def run(folder: Path, network: dict | None = None, **pretraining):
    given = inputs()
    chosen = settings(pretraining=pretraining, network=network or {})
    return pretrain(read(given.prepared, given.split), given, chosen, context(folder))


def test_graphs_find_their_strings(tmp_path):
    weights, history, facts = run(tmp_path, steps=300, learning_rate=1e-2, batch=30)
    terms = {name: history.filter(part="valid", term=name)["value"] for name in ("total", "top_1")}
    assert terms["total"][-1] < terms["total"][0] - 0.5
    assert history.filter(part="train", term="top_1")["value"][-1] > 0.15
    assert facts["reactions"] == 36  # by chance one in thirty
    assert {name.split(".")[0] for name in weights} == {"graph", "sequence"}


def test_another_reaction_of_the_same_molecules_is_no_wrong_answer():
    plate = Reactions(inputs().features, NETWORK, 0)
    torch.manual_seed(0)
    model = PRETEXTS["contrast"].model(NETWORK, plate.widths, settings()["pretraining"])
    chosen = np.array([3, 20, 3, 47])
    batch = plate.batch(chosen)
    assert twins(batch).tolist() == [
        [i != j and a == b for j, b in enumerate(chosen)] for i, a in enumerate(chosen)
    ]
    logits = model(batch).detach()
    rows = [[0, 1, 3], [1, 0, 2, 3], [2, 1, 3], [3, 0, 1, 2]]  # the partner first
    both = [
        table[row[0], row].logsumexp(0) - table[row[0], row[0]]
        for row in rows
        for table in (logits, logits.T)
    ]
    terms = contrast_loss(model, batch)
    torch.testing.assert_close(terms["total"], torch.stack(both).mean())
    assert not torch.isnan(torch.autograd.grad(terms["total"], model.scale)[0])


def test_the_temperature_is_bounded():
    plate = Reactions(inputs().features, NETWORK, 0)
    model = PRETEXTS["contrast"].model(NETWORK, plate.widths, settings()["pretraining"])
    model.scale.data.fill_(20.0)
    assert model(plate.batch(places()[:5])).abs().max() <= 100.01
    assert model.scale.exp().item() == pytest.approx(100)


@pytest.mark.parametrize(("batch", "expected"), [(4, 4), (30, 6)])
def test_validation_has_as_many_partners_as_training(tmp_path, monkeypatch, batch, expected):
    asked = []
    real = Reactions.batch
    monkeypatch.setattr(Reactions, "batch", lambda self, rows: asked.append(len(rows)) or real(self, rows))
    _, _, facts = run(tmp_path, steps=1, evaluations=1, batch=batch)
    assert facts["held_out"] == expected
    assert set(asked) == {batch, expected}


@pytest.mark.parametrize("pretext", ["contrast", "masked"])
@pytest.mark.parametrize("transductive", [False, True])
def test_reactions_of_valid_and_test_are_seen_by_the_transductive_variant_alone(
    tmp_path, monkeypatch, pretext, transductive
):
    seen: set[int] = set()
    real = module.FullBatches

    def spied(rows, *arguments):
        seen.update(rows.tolist())
        return real(rows, *arguments)

    monkeypatch.setattr(module, "FullBatches", spied)
    attention = {"sequence": NETWORK["sequence"] | {"attention": "reaction"}} if pretext == "masked" else {}
    run(tmp_path, attention, pretext=pretext, transductive=transductive, steps=1)
    records = read(inputs().prepared, inputs().split)
    known = set(records.places[records.rows_of("train", "unlabelled")].tolist())
    assert seen == (set(range(48)) if transductive else known)


def test_hidden_tokens_are_guessed(tmp_path):
    attention = {"sequence": NETWORK["sequence"] | {"attention": "reaction", "width": 16}}
    weights, history, _ = run(tmp_path, attention, pretext="masked", steps=200, learning_rate=1e-2)
    guessed = history.filter(part="train", term="accuracy")["value"]
    assert guessed[0] < 0.25 < 0.4 < guessed[-1]
    assert {name.split(".")[0] for name in weights} == {"sequence"}


def test_logits_stand_at_the_hidden_tokens():
    network = NETWORK | {"views": ["sequence"], "sequence": NETWORK["sequence"] | {"attention": "reaction"}}
    plate = Reactions(inputs().features, network, 0)
    torch.manual_seed(0)
    model = PRETEXTS["masked"].model(network, plate.widths, settings()["pretraining"]).eval()
    batch = hide(plate.batch(places()[:5]), {"masked": 0.2}, [0])
    found = model(batch)
    everywhere = torch.arange(batch.chosen.shape[1]).expand(5, -1)
    states = model.sequence.transformer.of_reactions(batch.corrupted.tokens, everywhere)[batch.chosen]
    embeddings = model.sequence.transformer.embedding.weight
    torch.testing.assert_close(found, model.guess(states) @ embeddings.T + model.bias)
    assert len(found) == len(batch.answers)


def test_encoders_are_taken_up_where_the_network_has_them(tmp_path):
    weights, _, _ = run(tmp_path)
    write_tensors(weights, tmp_path / "model.safetensors")
    given = replace(inputs(), uses={"encoder": [tmp_path]})
    widths = Reactions(given.features, NETWORK, 0).widths
    for views, lent in (
        (["graph", "sequence", "features"], ["graph", "sequence"]),
        (["graph", "features"], ["graph"]),
    ):
        model = YieldNet(NETWORK | {"views": views}, widths)
        before = copy.deepcopy(model.features.state_dict())
        assert lend(model, given) == lent
        for name, value in model.state_dict().items():
            if name.split(".")[0] in lent:
                assert torch.equal(value, weights[name]), name
        assert all(torch.equal(value, model.features.state_dict()[name]) for name, value in before.items())
    with pytest.raises(ValueError, match="has weights of"):
        lend(YieldNet(NETWORK | {"views": ["features"]}, widths), given)
    wide = NETWORK | {"graph": NETWORK["graph"] | {"width": 16}}
    with pytest.raises(ValueError, match="its encoder of graph does not fit"):
        lend(YieldNet(wide, widths), given)


def test_a_single_reaction_is_no_contrast(tmp_path):
    given = inputs()
    records = read(given.prepared, given.split)
    parts = pl.Series("part", ["train"] + ["test"] * (len(records) - 1))
    one = replace(records, table=records.table.with_columns(parts))
    with pytest.raises(ValueError, match="1 reactions in train"):
        pretrain(one, given, settings(), context(tmp_path))
    assert np.isfinite(records.yields[0])
