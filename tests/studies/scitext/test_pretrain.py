"""Pre-training: it learns what the context says, of its own domain, and an interrupted run ends with the same bytes."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import torch

from retort.sealed import read_table, write_table, write_tensors
from retort.studies.scitext import pretrain as module
from retort.studies.scitext.data import PREDICTIONS
from retort.studies.scitext.encoder import build, load
from retort.studies.scitext.pieces import SPECIALS
from retort.training.seeding import seed_everything
from tests.studies.scitext.small_corpus import PRETRAINING, inputs, rows, settings
from tests.training.in_folder import context

STEP = PRETRAINING["batch"] * PRETRAINING["length"]


def run(folder: Path, given=None, seed: int = 0, **changes):
    seed_everything(seed)
    return module.run(given or inputs(folder), settings(**changes), context(folder, seed))


def valid(outcome, term: str) -> list[float]:
    return outcome.history.filter(part="valid", term=term)["value"].to_list()


@pytest.mark.parametrize("kind", ["deberta", "bert"])
def test_it_gets_below_the_unigram_entropy_in_its_own_domain(tmp_path, kind):
    done = run(tmp_path, pieces=250 * STEP, encoder={"kind": kind})
    assert valid(done, "loss")[-1] < valid(done, "unigram")[-1] - 0.5
    assert valid(done, "loss")[0] == pytest.approx(
        valid(done, "unigram")[0], abs=0.3
    )  # the bias knows the shares
    assert valid(done, "mlm-science") == valid(done, "loss")
    assert valid(done, "mlm-general")[-1] > valid(done, "mlm-general")[0]
    sums = (
        done.predictions.filter(part="test").group_by("domain").agg(pl.col("loss", "unigram", "hidden").sum())
    )
    science, general = (
        sums.row(by_predicate=pl.col("domain") == each, named=True) for each in ("science", "general")
    )
    assert science["loss"] < 0.85 * science["unigram"]
    assert general["loss"] > general["unigram"]


def test_every_run_is_measured_by_the_same_pieces(tmp_path):
    given = inputs(tmp_path)
    one = run(tmp_path / "one", given)
    other = run(tmp_path / "other", given, seed=1, objective="causal", domain="general", ngram=3)
    for name in ("id", "part", "domain", "hidden", "unigram"):
        assert one.predictions[name].to_list() == other.predictions[name].to_list()
    assert one.predictions["loss"].to_list() != other.predictions["loss"].to_list()
    assert dict(one.predictions.schema) == PREDICTIONS
    assert one.predictions.height == 24  # all of valid and test have a hidden piece
    assert one.facts["pieces"] == PRETRAINING["pieces"]
    assert one.facts["documents"] == 48


@pytest.mark.parametrize("objective", ["masked", "detour"])
@pytest.mark.parametrize("kind", ["deberta", "bert"])
def test_an_interrupted_run_ends_with_the_same_bytes(tmp_path, monkeypatch, objective, kind):
    given = inputs(tmp_path / "corpus")
    chosen = {"objective": objective, "encoder": {"kind": kind}}
    whole = run(tmp_path / "whole", given, **chosen)

    class Killed(Exception):
        pass

    real, seen = module.language_loss, []

    def failing(model, batch):
        seen.append(batch)
        if len(seen) == 13:
            raise Killed
        return real(model, batch)

    budget = module.Budget.of
    monkeypatch.setattr(module.Budget, "of", lambda *given: replace(budget(*given), checkpoint_seconds=0.0))
    monkeypatch.setattr(module, "language_loss", failing)
    with pytest.raises(Killed):
        run(tmp_path / "cut", given, **chosen)
    resumed = run(tmp_path / "cut", given, seed=0, **chosen)
    assert len(seen) == 13 + 20 - 12  # the step that failed is done again
    for name, value in whole.model.items():
        assert torch.equal(value, resumed.model[name]), name
    assert whole.predictions.equals(resumed.predictions)
    assert whole.history.equals(resumed.history)


@pytest.mark.parametrize("domain", ["general", "science"])
def test_it_goes_on_from_another_runs_weights_with_biases_of_what_it_reads(tmp_path, domain):
    first = run(tmp_path / "first", inputs(tmp_path), domain="general", pieces=100 * STEP)
    write_tensors(first.model, tmp_path / "first" / "model.safetensors")
    given = inputs(tmp_path, start=[tmp_path / "first"])
    corpus, chosen = module.Corpus.read(given), settings(domain=domain)
    begun = module.begun(chosen, corpus, given.uses["start"]).state_dict()
    shares = torch.from_numpy(corpus.unigram[domain]).float()
    assert torch.equal(begun.pop("head.bias"), shares)
    assert not torch.equal(first.model["head.bias"], shares)
    for name, value in begun.items():
        assert torch.equal(value, first.model[name]), name
    with pytest.raises(ValueError, match="Hint"):
        run(tmp_path / "third", given, decoder="plain")
    torch.manual_seed(1)
    encoder = build(settings()["encoder"], first.facts["vocabulary"])
    load(encoder, tmp_path / "first")
    for name, value in encoder.state_dict().items():
        assert torch.equal(value, first.model[f"encoder.{name}"]), name


def test_only_documents_of_train_and_of_the_domain_are_read(tmp_path, monkeypatch):
    seen = []
    real = module.Windows

    def spied(pieces, documents, *rest):
        seen.append((pieces.ids[documents], pieces.domains[documents]))
        return real(pieces, documents, *rest)

    monkeypatch.setattr(module, "Windows", spied)
    run(tmp_path)
    ((ids, domains),) = seen
    assert set(domains) == {"science"}
    assert set(ids) == {f"science-{n}" for n in range(60) if n % 10 < 8}
    assert rows().height == 120


def test_the_detour_is_causal_in_its_first_half(tmp_path, monkeypatch):
    seen = []
    real = module.language_loss
    monkeypatch.setattr(
        module, "language_loss", lambda model, batch: seen.append(type(batch).__name__) or real(model, batch)
    )
    run(tmp_path, objective="detour")
    assert seen == ["Following"] * 10 + ["Hidden"] * 10


def test_what_is_measured_is_no_padding_and_no_end(tmp_path):
    corpus = module.Corpus.read(inputs(tmp_path))
    each = module.Measured(corpus, "test", "science", PRETRAINING)
    answers = each.hidden.answers.numpy()[each.counted]
    assert (answers >= SPECIALS).all()
    assert each.counted.sum() <= each.hidden.places.numel()
    assert set(each.owner[each.counted]) == set(each.documents)


def test_too_few_pieces_for_a_step(tmp_path):
    with pytest.raises(ValueError, match="Hint"):
        run(tmp_path, pieces=STEP - 1)


def test_a_domain_that_valid_lacks(tmp_path):
    given = inputs(tmp_path)
    table = read_table(given.split)
    lacking = pl.col("id").str.starts_with("general") & (pl.col("part") == "valid")
    write_table(
        table.with_columns(pl.when(lacking).then(pl.lit("train")).otherwise("part").alias("part")),
        given.split,
    )
    done = run(tmp_path / "run", given)
    assert set(done.history.filter(part="valid")["term"]) == {"loss", "mlm-science", "unigram"}
    assert done.predictions.filter(part="valid", domain="general").is_empty()
    with pytest.raises(ValueError, match="Hint"):
        run(tmp_path / "other", given, domain="general")


def test_a_local_encoder_is_not_pre_trained(tmp_path):
    with pytest.raises(ValueError, match="Hint"):
        run(tmp_path, encoder={"kind": "local", "folder": str(tmp_path)})
