"""Scores of predictions that are counted by hand, and what they need of a table."""

import numpy as np
import polars as pl
import pytest

from retort.runs import Run
from retort.sealed import read_table
from retort.statistics.components import over_items, two_way
from retort.studies.scitext.data import losses
from retort.studies.scitext.score import score
from tests.studies.scitext.judged import PARTS, corpus, run


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("scitext"))


def scored(one: Run):
    return score(one.read("predictions"), read_table(one.inputs.prepared), read_table(one.inputs.split))


def values(scores, part="test"):
    return dict(scores.filter(part=part).select("metric", "value").iter_rows())


METRICS = {
    "entities": {"f1", "precision", "recall", "f1-narrow"},
    "relations": {"f1", "precision", "recall", "f1-strict", "f1-symmetric", "f1-double"}
    | {"f1-entities-beside", "f1-coreference-beside"},
    "coreference": {"f1", "precision", "recall", "muc", "b3", "ceafe"},
    "pairs": {"f1", "precision", "recall", "f1-macro"},
}


@pytest.mark.parametrize("target", METRICS)
def test_every_target_has_its_metrics_and_items_that_make_them(tmp_path, inputs, target):
    scores, items = scored(run(tmp_path, inputs, "science", 0, target))
    for part in ("valid", "test"):
        assert set(values(scores, part)) == METRICS[target]
    assert set(scores["unit"]) == {"fraction"}
    assert set(items["part"]) == {"test"}
    means = dict(items.group_by("metric").agg(pl.col("value").mean()).iter_rows())
    assert means == pytest.approx(values(scores))
    assert items.group_by("metric").len()["len"].unique().to_list() == [PARTS["test"]]


def test_a_perfect_system_misses_what_it_turned_round(tmp_path, inputs):
    scores, _ = scored(run(tmp_path, inputs, "science", 0, "relations", kept=1.0))
    found = values(scores)
    # Three relations a document, one of them Compare the other way round; twice counted, two of three are symmetric.
    assert found["f1"] == pytest.approx(2 / 3)
    assert found["f1-strict"] == pytest.approx(2 / 3)
    assert found["f1-symmetric"] == pytest.approx(1)
    assert found["f1-double"] == pytest.approx(1)
    entities, _ = scored(run(tmp_path, inputs, "science", 0, "entities", kept=1.0))
    assert values(entities) == pytest.approx(dict.fromkeys(METRICS["entities"], 1.0))


def test_a_model_of_relations_is_read_for_the_other_tasks_as_models_of_these_are(tmp_path, inputs):
    beside, items = scored(run(tmp_path, inputs, "science", 0, "relations"))
    for task in ("entities", "coreference"):
        own, own_items = scored(run(tmp_path, inputs, "science", 0, task))
        metric = f"f1-{task}-beside"
        assert 0 < values(own)["f1"] < 1
        assert values(beside)[metric] == values(own)["f1"]
        pseudo = items.filter(metric=metric)["value"]
        assert pseudo.equals(own_items.filter(metric="f1")["value"])


def test_intervals_over_documents_and_seeds_come_from_the_items(tmp_path, inputs):
    found = [scored(run(tmp_path, inputs, "science", seed))[1].filter(metric="f1") for seed in range(5)]
    assert all(each["id"].equals(found[0]["id"]) for each in found)
    level = two_way(np.stack([each["value"] for each in found]))
    assert level.low < level.value < level.high
    # Of everything annotated 80 % is said and nothing else: recall 0.8, F1 2 * 0.8 / 1.8.
    assert level.low < 1.6 / 1.8 < level.high


CORPUS = [
    # id, part, domain, loss, hidden, unigram
    ("g1", "valid", "general", 50.0, 10, 70.0),
    ("g2", "test", "general", 60.0, 10, 70.0),
    ("s1", "test", "science", 30.0, 10, 65.0),
    ("s2", "test", "science", 160.0, 30, 215.0),
]


def test_losses_of_a_corpus_are_nats_per_hidden_piece():
    names = ("id", "part", "domain", "loss", "hidden", "unigram")
    said = losses(dict(zip(names, row, strict=True)) for row in CORPUS)
    prepared = pl.DataFrame([row[:3] for row in CORPUS], schema=["id", "part", "domain"], orient="row")
    scores, items = score(said, prepared.select("id", "domain"), prepared.select("id", "part"))
    assert values(scores) == pytest.approx(
        {"mlm-general": 6.0, "mlm-science": 190 / 40, "below-unigram-general": 1.0, "below-unigram": 90 / 40}
    )
    assert values(scores, "valid") == pytest.approx({"mlm-general": 5.0, "below-unigram-general": 2.0})
    assert set(scores["unit"]) == {"nats"}
    science = items.filter(metric="mlm-science")
    assert science["id"].to_list() == ["s1", "s2"]
    # By hand: 4.75 + (loss - 4.75 hidden) / 20.
    assert science["value"].to_list() == pytest.approx([4.75 - 17.5 / 20, 4.75 + 17.5 / 20])


def test_a_better_language_model_is_seen_over_documents():
    draw = np.random.default_rng(0)
    hidden = draw.integers(5, 60, 300)
    unigram = hidden * draw.normal(7, 0.3, 300)
    rows = [
        {"id": f"s{i}", "part": "test", "domain": "science", "loss": u - 1.5 * n, "hidden": n, "unigram": u}
        for i, (n, u) in enumerate(zip(hidden.tolist(), unigram.tolist(), strict=True))
    ]
    _, items = score(
        losses(rows), pl.DataFrame({"id": ["s0"]}), pl.DataFrame({"id": ["s0"], "part": ["test"]})
    )
    level = over_items(items.filter(metric="below-unigram")["value"].to_numpy())
    assert level.value == pytest.approx(1.5)


def test_predictions_of_other_documents_are_refused(tmp_path, inputs):
    one = run(tmp_path, inputs, "science", 0)
    said, prepared, split = one.read("predictions"), read_table(inputs.prepared), read_table(inputs.split)
    with pytest.raises(ValueError, match=r"predictions of test: 11 rows of 12 documents.*'d19'"):
        score(said.filter(pl.col("id") != "d19"), prepared, split)
    with pytest.raises(ValueError, match="one target"):
        score(pl.concat([said, said.with_columns(target=pl.lit("relations"))]), prepared, split)
