"""Details and illustrations of runs that are written by hand."""

from dataclasses import replace

import polars as pl
import pytest

from retort.sealed import read_table, write_table
from retort.studies.scitext.details import details
from retort.studies.scitext.illustrations import illustrate
from retort.studies.scitext.score import score
from retort.studies.scitext.tables import DETAILS, ILLUSTRATIONS
from tests.studies.scitext.judged import PARTS, corpus, plan, run

SEEDS = 4


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scitext")
    inputs = corpus(folder, noise="Noise")  # the same word
    relations = replace(inputs, split=folder / "relations.parquet")
    write_table(read_table(inputs.split), relations.split)
    kept = {"science": 0.8, "random": 0.6}
    made = [run(folder, inputs, name, seed, kept=k) for name, k in kept.items() for seed in range(SEEDS)]
    return made + [run(folder, relations, "science", seed, "relations") for seed in range(SEEDS)]


@pytest.fixture(scope="module")
def found(runs):
    return details(runs, plan("entities", "relations"))


def mean(runs, variant, target, metric):
    tables = [
        score(one.read("predictions"), read_table(one.inputs.prepared), read_table(one.inputs.split))[0]
        for one in runs
        if one.variant == variant and one.settings["target"] == target
    ]
    return pl.concat(tables).filter(part="test", metric=metric)["value"].mean()


def test_all_tables_have_the_declared_columns(found, runs):
    assert found.keys() == DETAILS.keys()
    for name, table in found.items():
        assert dict(table.schema) == DETAILS[name], name
        assert len(table), name
    for name, table in illustrate(runs).items():
        assert dict(table.schema) == ILLUSTRATIONS[name]
    assert details([], plan("entities")).keys() == DETAILS.keys()
    assert illustrate([])["example"].is_empty()


def test_readings_are_the_scores_and_their_differences(found, runs):
    table = found["readings"]
    assert set(table.filter(target="relations")["reading"]) == {
        "f1",
        "f1-strict",
        "f1-symmetric",
        "f1-double",
    }
    for target, reading in [("entities", "f1"), ("entities", "f1-narrow"), ("relations", "f1-double")]:
        row = table.filter(variant="science", target=target, reading=reading).row(0, named=True)
        assert row["value"] == pytest.approx(mean(runs, "science", target, reading))
        assert row["n"] == SEEDS
        assert row["low"] < row["value"] < row["high"]
    double = table.filter(target="relations", reading="f1-double").row(0, named=True)
    plain = table.filter(target="relations", reading="f1").row(0, named=True)
    assert double["difference"] == pytest.approx(double["value"] - plain["value"])
    # Compare was turned round everywhere, so that counting it either way must gain.
    assert 0 < double["difference_low"] < double["difference"] < double["difference_high"]
    assert plain["difference"] is None


def test_types_and_seen_words_are_counted(found):
    types = found["by_type"].filter(target="entities", variant="science")
    assert dict(types.select("type", "gold").iter_rows()) == {
        "Method": 2 * PARTS["test"],
        "Task": 3 * PARTS["test"],
    }
    seen = {row["seen"]: row for row in found["unseen"].filter(variant="science").to_dicts()}
    # One of five entities is the word that only its own document has.
    assert seen[True]["gold"] == 4 * PARTS["test"]
    assert seen[False]["gold"] == PARTS["test"]
    assert seen[True]["value"] == pytest.approx(0.8, abs=0.1)
    assert "relations" not in found["unseen"]["split"].to_list()


def test_the_example_is_one_document_with_gold(runs):
    example = illustrate(runs)["example"]
    assert example["id"].n_unique() == 1
    assert set(example["variant"]) == {"gold", "random", "science"}
    gold = example.filter(variant="gold")
    assert gold["start"].to_list() == [1, 2, 4, 16, 18]
    assert gold["words"][0] == "parse"
    assert gold["right"].all()
