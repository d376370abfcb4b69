"""From prepared crystals to trained runs: who learns from whom, and who never sees what."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from retort.sealed import write_table
from retort.studies.transfer import train
from retort.studies.transfer.data import PREDICTIONS_SCHEMA, Lessons, lessons, read
from retort.studies.transfer.embeddings import PANELS
from retort.studies.transfer.formulas import Formulas
from retort.studies.transfer.score import score
from retort.studies.transfer.strategy import Student
from retort.studies.transfer.tables import DETAILS, ILLUSTRATIONS
from retort.studies.transfer.train import batch_size
from retort.training import scoring
from retort.training.run import RunContext

from . import few_crystals

TAUGHT = ("ts-crabnet", "ts-crabnet-no-step1", "ts-crabnet-scalar", "ts-roost", "ts-crabnet-alpha5")
BLIND = ("ts-crabnet-composition", "ts-crabnet-boosting", "ts-crabnet-permuted", "crabnet-gentle")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return few_crystals.prepare(tmp_path_factory.mktemp("project"))


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("variant", ["median", "boosting", "teacher", "crabnet", "roost", *TAUGHT, *BLIND])
def test_every_kind_of_run_predicts_valid_and_test(root, variant):
    run = few_crystals.run(root, variant)
    table = run.read("predictions")
    assert dict(table.schema) == PREDICTIONS_SCHEMA
    told = table.filter(pl.col("part").is_in(["valid", "test"]))
    assert told["prediction"].is_finite().all()
    scores, items = score(table, pl.read_parquet(run.inputs.prepared), pl.read_parquet(run.inputs.split))
    mean = scores.filter(part="test", metric="mae")["value"].item()
    assert mean == pytest.approx(items["value"].mean())
    labels = pl.read_parquet(run.inputs.prepared).select("id", "ewald_energy")
    joined = told.join(labels, on="id")
    assert (joined["value"] == joined["ewald_energy"]).all()


def test_a_teacher_lends_embeddings_of_training_crystals_and_none_of_validation(root):
    table = few_crystals.run(root, "teacher").read("predictions")
    where = dict(table.group_by("part").agg(pl.col("embedding").is_not_null().all()).iter_rows())
    assert where == {"train": True, "valid": False, "test": True}
    assert table.filter(part="valid")["embedding"].null_count() == len(table.filter(part="valid"))


def test_what_a_teacher_says_of_test_crystals_never_reaches_a_student(root):
    """The embeddings of test crystals are there for the maps; changing them changes no taught student."""
    few_crystals.run(root, "ts-crabnet")
    folder = few_crystals.run(root, "teacher").folder
    before = lessons(folder, "embedding")
    table = pl.read_parquet(folder / "predictions.parquet")
    spoilt = table.with_columns(
        pl.when(pl.col("part") == "test")
        .then(pl.col("embedding") * 1000)
        .otherwise("embedding")
        .alias("embedding"),
    )
    write_table(spoilt, folder / "predictions.parquet")
    try:
        after = lessons(folder, "embedding")
    finally:
        write_table(table, folder / "predictions.parquet")
    assert before.names == after.names
    assert np.array_equal(before.values, after.values)


def test_step_one_leaves_the_last_layer_alone_and_changes_the_rest(root):
    aligned = few_crystals.run(root, "crabnet-aligned")
    weights = load_file(aligned.folder / "model.safetensors")
    # The same seed draws the same first weights; a run of no more than one tiny step shows them.
    still = few_crystals.run(
        root,
        "crabnet",
        seed=0,
        split="gap",
        training={"learn": {"learning_rate": 1e-30, "weight_decay": 0.0}},
    )
    first = load_file(still.folder / "model.safetensors")
    last = [name for name in weights if name.startswith("body.last")]
    assert last
    assert all(torch.equal(weights[name], first[name]) for name in last)
    assert not torch.equal(weights["body.embedding.weight"], first["body.embedding.weight"])
    history = aligned.read("history")
    assert set(history["term"]) == {"embedding", "total"}
    assert aligned.read("predictions")["prediction"].is_nan().all()
    valid = history.filter(part="valid", term="embedding").sort("step")["value"]
    assert valid[-1] < valid[0]


def test_guidance_is_one_term_of_the_loss_and_alpha_its_weight(root):
    history = few_crystals.run(root, "ts-crabnet-alpha5").read("history")
    terms = history.filter(part="train").pivot("term", index="step", values="value").sort("step")
    alpha = few_crystals.CONFIG["study"]["transfer"]["variants"]["ts-crabnet-alpha5"]["settings"]["alpha"]
    expected = (alpha * terms["embedding"] + terms["target"]) / (alpha + 1)
    np.testing.assert_allclose(terms["total"], expected, rtol=1e-5)
    assert "embedding" not in few_crystals.run(root, "ts-crabnet").read("history")["term"]


def test_a_taught_student_starts_where_step_one_ended(root):
    aligned = few_crystals.run(root, "crabnet-aligned")
    frozen = few_crystals.run(
        root,
        "ts-crabnet",
        dataset="crystals_other",
        training={"tune": {"learning_rate": 1e-30, "weight_decay": 0.0}},
    )
    here = load_file(frozen.folder / "model.safetensors")
    there = load_file(aligned.folder / "model.safetensors")
    body = [name for name in there if name.startswith("body.")]
    assert all(torch.allclose(here[name], there[name], atol=1e-7) for name in body)


def test_few_labels_change_the_student_and_not_what_it_is_tested_on(root):
    few = few_crystals.run(root, "crabnet", split="formation-25-0").read("predictions")
    many = few_crystals.run(root, "crabnet").read("predictions")
    assert few.select("id", "part", "value").equals(many.select("id", "part", "value"))
    assert not few["prediction"].equals(many["prediction"])


def test_a_teacher_with_few_labels_lends_what_it_thinks_of_the_unlabelled(root):
    run = few_crystals.run(root, "teacher", split="formation-25-0")
    parts = pl.read_parquet(run.inputs.split)
    lent = lessons(run.folder, "embedding")
    prepared = pl.read_parquet(run.inputs.prepared).join(parts, on="id")
    shown = prepared.filter(pl.col("part").is_in(["train", "unlabelled"]))
    assert lent.names == sorted(shown["composition"].unique())
    labelled = prepared.filter(part="train")
    assert len(lent.names) > 2 * labelled["composition"].n_unique()


def test_a_composition_teacher_lends_its_embeddings_of_all_training_compositions(root):
    teacher = few_crystals.run(root, "crabnet", split="formation-25-0")
    aligned = few_crystals.run(root, "crabnet-aligned-composition", split="formation-25-0")
    assert aligned.inputs.uses["teacher"] == [teacher.folder]
    records = read(*few_crystals.arrays(aligned))
    shown = records.of("train", "unlabelled").unique("row").sort("composition")
    assert len(shown) > records.of("train")["row"].n_unique()
    told = json.loads((teacher.folder / "run.json").read_text())["settings"]
    student = Student.restore(load_file(teacher.folder / "model.safetensors"), told).eval()
    rows = shown["row"].to_numpy()
    formulas = Formulas.from_arrays(records.formulas.numbers[rows], records.formulas.fractions[rows])
    with torch.no_grad():
        _, _, embeddings = student.predict(formulas)
    expected = Lessons.standardised(shown["composition"].to_list(), embeddings.double().numpy())
    context = RunContext(0, torch.device("cpu"), aligned.folder, "", progress=False)
    lent = train._lent(aligned.inputs, records, aligned.settings, context)
    assert lent.names == expected.names
    np.testing.assert_allclose(lent.values, expected.values, atol=1e-4)


def test_the_fair_control_is_that_of_two_runs_which_validation_prefers(root):
    fair = few_crystals.run(root, "crabnet-fair", split="formation-25-0")
    runs = {
        "first": few_crystals.run(root, "crabnet-gentle", split="formation-25-0"),
        "second": few_crystals.run(root, "ts-crabnet-boosting", split="formation-25-0"),
    }
    facts = {role: json.loads((run.folder / "run.json").read_text())["facts"] for role, run in runs.items()}
    better = min(runs, key=lambda role: facts[role]["best_mae"])
    assert json.loads((fair.folder / "run.json").read_text())["facts"]["chosen"] == better
    assert fair.read("predictions").equals(runs[better].read("predictions"))
    weights = load_file(fair.folder / "model.safetensors")
    assert same(weights, load_file(runs[better].folder / "model.safetensors"))


def test_boosting_predicts_training_records_so_that_it_can_teach(root):
    table = few_crystals.run(root, "boosting", split="formation-25-0").read("predictions")
    assert set(table["part"]) == {"train", "unlabelled", "valid", "test"}
    errors = dict(
        table.group_by("part").agg((pl.col("prediction") - pl.col("value")).abs().mean()).iter_rows()
    )
    assert errors["train"] < errors["unlabelled"]  # it has seen the first only


def test_step_one_can_spare_the_compositions_of_valid_and_test(root):
    run = few_crystals.run(root, "crabnet-aligned-unseen", dataset="crystals_other")
    parts = pl.read_parquet(run.inputs.split)
    prepared = pl.read_parquet(run.inputs.prepared).join(parts, on="id")
    spared = prepared.filter(pl.col("part").is_in(["valid", "test"]))["composition"].unique()
    (teacher,) = run.inputs.uses["teacher"]
    shared = set(spared) & set(lessons(teacher, "embedding").names)
    assert shared, "the two generated sets share no composition, so nothing is tested"
    facts = json.loads((run.folder / "run.json").read_text())["facts"]
    assert facts["lessons"] == len(lessons(teacher, "embedding").names) - len(shared)


def test_pretraining_on_labels_starts_from_the_lenders_student(root):
    run = few_crystals.run(
        root,
        "crabnet-labels",
        dataset="crystals_other",
        training={"tune": {"learning_rate": 1e-30, "weight_decay": 0.0}},
    )
    there = load_file(few_crystals.run(root, "crabnet").folder / "model.safetensors")
    here = load_file(run.folder / "model.safetensors")
    assert all(
        torch.allclose(here[name], there[name], atol=1e-7) for name in there if name.startswith("body.")
    )


def test_a_run_is_the_same_twice_and_after_an_interruption(root, tmp_path, monkeypatch):
    from retort.training import loop

    one = few_crystals.run(root, "roost")
    again = replace(one, folder=tmp_path)
    calls = {"left": 5}
    of = loop.Budget.of
    often = staticmethod(lambda *sizes: replace(of(*sizes), checkpoint_seconds=0.0))
    monkeypatch.setattr(loop.Budget, "of", often)
    batch = "retort.studies.transfer.strategy.Material.batch"
    from retort.studies.transfer.strategy import Material

    given = Material.batch

    def dying(self, rows, device):
        calls["left"] -= 1
        if calls["left"] == 0:
            raise KeyboardInterrupt
        return given(self, rows, device)

    monkeypatch.setattr(batch, dying)
    with pytest.raises(KeyboardInterrupt):
        few_crystals.execute(again, code="", device="cpu", progress=False)
    assert (tmp_path / "checkpoint.safetensors").exists()
    monkeypatch.setattr(batch, given)
    few_crystals.execute(again, code="", device="cpu", progress=False)
    assert same(load_file(tmp_path / "model.safetensors"), load_file(one.folder / "model.safetensors"))
    assert (tmp_path / "predictions.parquet").read_bytes() == (
        one.folder / "predictions.parquet"
    ).read_bytes()


def test_a_student_cannot_start_from_another_kind(root):
    few_crystals.run(root, "crabnet")
    with pytest.raises(ValueError, match="the run to start from is another model: it lacks body"):
        few_crystals.run(root, "crabnet-labels", split="formation-05-0", student="roost")


def test_few_rows_make_small_batches():
    assert [batch_size(256, rows) for rows in (100, 741, 3700, 15000)] == [8, 64, 256, 256]


def test_tables_hold_all_panels_and_their_numbers(root):
    variants = ("crabnet", "ts-crabnet", "teacher", "crabnet-aligned", "ts-crabnet-permuted")
    runs = [few_crystals.run(root, variant) for variant in variants]
    runs.append(few_crystals.run(root, "crabnet", seed=1))
    plan = few_crystals.PLAN.study("transfer")
    details = scoring.details("transfer", runs, plan)
    maps = scoring.illustrations("transfer", runs)["embedding_map"]
    assert set(maps["panel"]) == set(PANELS)
    counts = maps.group_by("panel").len()["len"].unique()
    assert counts.to_list() == [len(runs[0].read("predictions").filter(part="test"))]
    alike = details["embedding_similarity"]
    assert set(alike["measure"]) == {"knn-overlap", "cka"}
    nulls = {"permuted-minus-untaught", "another-minus-untaught"}
    assert nulls < set(alike["first"])
    assert alike.select("first", "second").unique().height == 4 + len(nulls)
    assert alike["value"].is_between(0, 1).all()
    assert set(details["parity"]["variant"]) == {"crabnet", "ts-crabnet"}
    assert details["calibration"]["observed"].is_between(0, 1).all()


def test_tables_without_a_taught_student_are_empty(root):
    runs = [few_crystals.run(root, "teacher")]
    tables = scoring.details("transfer", runs, few_crystals.PLAN.study("transfer"))
    tables |= scoring.illustrations("transfer", runs)
    assert set(tables) == {*DETAILS, *ILLUSTRATIONS}
    assert all(table.is_empty() for table in tables.values())
