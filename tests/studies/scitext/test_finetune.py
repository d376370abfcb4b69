"""Fine-tuning: from files to predictions, from weights that were lent, and to the same bytes after an interruption."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import torch

from retort.runs import RunInputs
from retort.sealed import write_table, write_tensors
from retort.studies.scitext import finetune as module
from retort.studies.scitext.data import PREDICTIONS, Annotations
from retort.studies.scitext.encoder import build
from retort.studies.scitext.extractor import Extractor, predict
from retort.studies.scitext.finetune import restored, run, taught
from retort.studies.scitext.pieces import Tokenizer
from retort.studies.scitext.steps import steps_of
from retort.training.loop import Budget
from retort.training.run import RunContext
from retort.training.seeding import seed_everything
from tests.studies.scitext.documents import table, three
from tests.studies.scitext.small_extractor import ALL, settings, view


class Killed(Exception):
    """What an interruption raises."""


def inputs(folder: Path, **uses: list[Path]) -> RunInputs:
    """Four times the three documents: two copies train, one is valid, one test."""
    parts = ["train", "train", "valid", "test"]
    documents = [replace(each, id=f"{each.id}-{copy}") for copy in range(4) for each in three()]
    folder.mkdir(parents=True, exist_ok=True)
    write_table(table(documents), folder / "prepared.parquet")
    split = pl.DataFrame(
        {"id": [each.id for each in documents], "part": [part for part in parts for _ in range(3)]}
    )
    write_table(split, folder / "split.parquet")
    features = {"word_pieces": view(folder / "word_pieces")}
    return RunInputs(folder / "prepared.parquet", folder / "split.parquet", features, uses)


def context(folder: Path, seed: int = 0) -> RunContext:
    seed_everything(seed)
    return RunContext(seed, torch.device("cpu"), folder, "x", progress=False)


def test_it_learns_and_predicts_valid_and_test(tmp_path):
    chosen = settings(
        target="relations",
        encoder={"width": 16},
        spans={"hidden": 16, "dropout": 0.1, "relation_share": 2.0},
        training={"epochs": 60, "learning_rate": 1e-2, "evaluations": 4},
    )
    given = inputs(tmp_path)
    outcome = run(given, chosen, context(tmp_path / "run"))
    assert dict(outcome.predictions.schema) == PREDICTIONS
    assert outcome.predictions["part"].to_list() == ["valid"] * 3 + ["test"] * 3
    assert outcome.predictions["id"].to_list() == [f"{each.id}-{copy}" for copy in (2, 3) for each in three()]
    facts, history = outcome.facts, outcome.history
    assert facts["steps"] == 180
    assert facts["entities_out_of_reach"] == 2
    assert set(history.filter(part="train")["term"]) == {*ALL, "total"}
    f1 = history.filter(part="valid", term="f1")["value"]
    assert f1.max() > 0.7 > f1[0]
    assert f1.max() == -facts["best_negated_f1"]
    # What is kept can be used again, and says the same.
    model, reader = restored(chosen, facts, outcome.model, Tokenizer(given.features["word_pieces"]))
    said = predict(model, reader, three())
    for row, each in zip(outcome.predictions.tail(3).iter_rows(named=True), said, strict=True):
        kept = Annotations.of(row)
        assert [entity[:3] for entity in kept.entities] == [entity[:3] for entity in each.entities]
        assert [relation[:5] for relation in kept.relations] == [relation[:5] for relation in each.relations]
        assert kept.clusters == each.clusters
        assert kept.pairs == []


def test_an_interrupted_run_ends_with_the_same_bytes(tmp_path, monkeypatch):
    chosen = settings(target="coreference", encoder={"dropout": 0.1}, spans={"dropout": 0.4})
    given = inputs(tmp_path)
    expected = run(given, chosen, context(tmp_path / "whole"))
    real, calls = Extractor.loss, []

    def fails(*arguments):
        calls.append(1)
        if len(calls) == 5:
            raise Killed
        return real(*arguments)

    often = replace(Budget.of(steps_of(chosen["training"], 6), 2), checkpoint_seconds=0.0)
    monkeypatch.setattr(module, "Budget", SimpleNamespace(of=lambda *_: often))
    monkeypatch.setattr(Extractor, "loss", fails)
    with pytest.raises(Killed):
        run(given, chosen, context(tmp_path / "killed"))
    monkeypatch.setattr(Extractor, "loss", real)
    found = run(given, chosen, context(tmp_path / "killed"))
    assert len(calls) == 5
    assert found.predictions.equals(expected.predictions)
    for name, value in expected.model.items():
        assert torch.equal(value, found.model[name]), name
    assert found.history.equals(expected.history)


def test_it_starts_from_what_is_lent_and_renews_it(tmp_path, monkeypatch):
    seed_everything(5)
    given = inputs(tmp_path)
    lender = build(settings()["encoder"], Tokenizer(given.features["word_pieces"]).size)
    lent = {f"encoder.{name}": value for name, value in lender.state_dict().items()}
    write_tensors(lent, tmp_path / "lender" / "model.safetensors")
    given = inputs(tmp_path, encoder=[tmp_path / "lender"])
    seen = {}

    def fitted(*, model, **_):
        seen.update({name: value.clone() for name, value in model.state_dict().items()})
        raise Killed

    monkeypatch.setattr(module, "fit", fitted)

    def start(**blocks) -> dict:
        with pytest.raises(Killed):
            run(given, settings(**blocks), context(tmp_path / "run"))
        return dict(seen)

    plain = start()
    assert all(torch.equal(plain[name], value) for name, value in lent.items())
    renewed = start(renew={"layers": [1], "scope": "ffn_in"})
    changed = [name for name, value in plain.items() if not torch.equal(value, renewed[name])]
    assert [name.rsplit(".", 3)[1:] for name in changed] == [["intermediate", "dense", "weight"]]


def test_only_what_train_has_is_learned():
    weights = {"entities": 0.2, "relations": 1, "coreference": 1}
    alpha, _, gamma = three()
    assert taught(weights, "relations", [alpha, gamma]) == weights
    flat = replace(alpha, gold=Annotations(alpha.gold.entities))
    assert taught(weights, "entities", [flat]) == {"entities": 0.2, "relations": 0, "coreference": 0}
    for target, documents in (("relations", [flat]), ("entities", [gamma]), ("pairs", [alpha])):
        with pytest.raises(ValueError, match=f"no training document has {target}.*Hint"):
            taught(weights, target, documents)


@pytest.mark.parametrize(("documents", "steps"), [(6, 12), (1, 5), (100, 40), (7, 16)])
def test_steps_are_epochs_within_bounds(documents, steps):
    training = {"epochs": 4, "batch": 2, "least_steps": 5, "most_steps": 40}
    assert steps_of(training, documents) == steps
