"""From prepared materials to predictions and scores: each method, and what none of them may see."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from retort.sealed import read_table, write_json, write_table
from retort.studies.discovery.data import PREDICTIONS_SCHEMA, PROPERTIES, read
from retort.studies.discovery.represent import arm, vectors
from retort.studies.discovery.score import score

from . import small_pool
from .small_pool import inputs, outcome, settings


def scored(table: pl.DataFrame) -> dict[str, float]:
    given = inputs()
    scores, items = score(table, read_table(given.prepared), read_table(given.split))
    for metric, quantity in (
        ("mae", "absolute_error"),
        ("r2", "r2"),
        ("order", "order"),
        ("hits", "hits"),
        ("ranking", "ranking"),
    ):
        told = scores.filter(part="test", metric=metric)
        if len(told):
            mean = items.filter(metric=quantity)["value"].mean()
            assert told["value"].item() == pytest.approx(mean, rel=1e-6)
    return dict(scores.filter(part="test").select("metric", "value").iter_rows())


def spoilt(given, part, column, value):
    """The same inputs with another label in one part."""
    table, parts = read_table(given.prepared), read_table(given.split)
    ids = parts.filter(part=part)["id"]
    new = pl.when(pl.col("id").is_in(ids.implode())).then(pl.lit(value)).otherwise(pl.col(column))
    path = given.prepared.with_name(f"spoilt-{part}-{column}.parquet")
    write_table(table.with_columns(new.alias(column)), path)
    return replace(given, prepared=path)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "median"},
        {"reads": ["magpie"]},
        {"reads": ["structure", "onehot"]},
        {"reads": ["random"]},
        {"reads": ["mat2vec", "text"]},
        {"head": "mlp"},
        {"head": "boosting"},
    ],
    ids=str,
)
def test_every_head_predicts_valid_and_test_and_sees_no_label_of_test(tmp_path, changes):
    table = outcome(tmp_path / "one", **changes).predictions
    assert dict(table.schema) == PREDICTIONS_SCHEMA
    assert table["part"].unique().sort().to_list() == ["test", "valid"]
    assert {"mae", "rmse", "r2", "trimean"} == set(scored(table))
    for part in ("test", "unlabelled"):
        other = outcome(tmp_path / part, spoilt(inputs(), part, "energy", 99.0), **changes).predictions
        assert np.array_equal(other["prediction"], table["prediction"])


def test_elements_tell_what_the_masked_text_cannot(tmp_path):
    """The energy is of the elements alone: masked words are worth no more than the median."""
    maes = {
        name: scored(outcome(tmp_path / name, **changes).predictions)["mae"]
        for name, changes in {
            "median": {"method": "median"},
            "magpie": {"reads": ["magpie"]},
            "masked": {"reads": ["masked"]},
        }.items()
    }
    assert maes["magpie"] < 0.5 * maes["median"]
    assert maes["masked"] > 0.6 * maes["median"]


def test_arms_are_at_most_as_wide_as_asked_and_blocks_weigh_alike():
    materials = read(inputs().prepared, inputs().split, "energy")
    narrow = arm(["magpie", "onehot"], materials, inputs(), settings(), 0, width=7)
    assert narrow.shape == (len(materials), 7)
    whole = arm(["magpie", "structure"], materials, inputs(), settings(), 0, width=None)
    variance = whole[materials.known].var(axis=0)
    assert variance[-3:].sum() == pytest.approx(1.0)
    assert variance[:-3].sum() == pytest.approx(1.0)


def test_random_vectors_tell_elements_apart_and_change_with_the_seed():
    materials = read(inputs().prepared, inputs().split, "energy")
    one, same, other = (vectors("random", materials, inputs(), settings(), seed) for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)
    assert np.allclose(one[0], one[1])  # polymorphs have one composition
    assert not np.allclose(one[0], one[2])


def test_a_row_without_its_text_is_named():
    given = inputs()
    folder = given.prepared.with_name("fewer")
    folder.mkdir(exist_ok=True)
    texts = pl.read_parquet(given.features["descriptions"] / "texts.parquet").filter(pl.col("id") != "mp-20")
    texts.write_parquet(folder / "texts.parquet")
    fewer = replace(given, features=given.features | {"descriptions": folder})
    materials = read(given.prepared, given.split, "energy")
    with pytest.raises(ValueError, match="text does not know mp-20 \\(1 of 192 rows\\)"):
        vectors("text", materials, fewer, settings(), 0)


def test_a_pre_trained_encoder_embeds_all_and_its_twin_starts_alike(tmp_path):
    trained = outcome(tmp_path / "trained", method="encoder")
    drawn = outcome(tmp_path / "drawn", method="encoder", encoder={"steps": 0})
    assert trained.predictions["vector"].list.len().unique().to_list() == [16]
    assert trained.history.filter(part="valid", term="loss")["value"].to_list()
    assert drawn.history.is_empty()
    assert trained.facts["words"] == drawn.facts["words"]
    assert not np.allclose(
        np.array(trained.predictions["vector"].to_list()), np.array(drawn.predictions["vector"].to_list())
    )
    folder = tmp_path / "lender"
    folder.mkdir()
    write_table(trained.predictions, folder / "predictions.parquet")
    lent = replace(inputs(), uses={"encoder": [folder]})
    assert scored(outcome(tmp_path / "head", lent, reads=["encoder"]).predictions)["mae"] > 0
    with pytest.raises(ValueError, match="no run plays it"):
        outcome(tmp_path / "none", reads=["encoder"])


@pytest.mark.parametrize(
    "sizes",
    [{}, {"experts": 1}, {"experts": 1, "alone": True}, {"auxiliary": True}],
    ids=["mmoe", "shared", "single", "auxiliary"],
)
def test_a_ranker_says_six_properties_and_each_place_reads_its_own(tmp_path, sizes):
    made = outcome(tmp_path / "ranker", method="ranker", ranker=sizes)
    assert made.predictions["property"].unique().sort().to_list() == sorted(PROPERTIES)
    assert (made.predictions.filter(property="gap")["prediction"] >= 0).all()
    assert set(scored(made.predictions)) == {"ranking"}
    folder = tmp_path / "lender"
    folder.mkdir()
    write_table(made.predictions, folder / "predictions.parquet")
    write_json({"facts": made.facts}, folder / "run.json")
    lent = replace(inputs(), uses={"tasks": [folder]})
    told = outcome(tmp_path / "task", lent, method="task", target="debye").predictions
    assert told["property"].unique().to_list() == ["debye"]
    median = scored(outcome(tmp_path / "median", method="median", target="debye").predictions)
    assert scored(told)["mae"] < median["mae"]
    parts = read_table(inputs().split)
    hidden = pl.col("id") == parts.filter(part="train")["id"][0]
    fewer = parts.with_columns(part=pl.when(hidden).then(pl.lit("unlabelled")).otherwise("part"))
    path = inputs().split.with_name("fewer.parquet")
    write_table(fewer, path)
    with pytest.raises(ValueError, match="labels of other rows"):
        outcome(tmp_path / "other", replace(lent, split=path), method="task", target="debye")


def test_the_labels_of_test_never_reach_a_ranker(tmp_path):
    table = outcome(tmp_path / "one", method="ranker").predictions
    other = outcome(tmp_path / "two", spoilt(inputs(), "test", "debye", 99.0), method="ranker").predictions
    assert np.array_equal(table["prediction"], other["prediction"])


@pytest.mark.parametrize("learner", ["regression", "difference"])
def test_composition_orders_no_polymorphs_and_the_structure_all(tmp_path, learner):
    changes = {"target": "formation_energy", "pairs": {"learner": learner}}
    given = everything_in_test()
    blind = outcome(tmp_path / "blind", given, reads=["magpie"], **changes).predictions
    assert scored(blind) == {"order": 0.5}
    seeing = outcome(tmp_path / "seeing", given, reads=["magpie", "structure"], **changes).predictions
    assert scored(seeing)["order"] > 0.9


def everything_in_test():
    """Most formulas in test, as pairs are; a few elsewhere, so that no part is empty."""
    given = inputs()
    prepared = given.prepared.with_name("pairs-prepared.parquet")
    write_table(read_table(given.prepared).with_columns(pair=pl.lit(True)), prepared)
    parts = read_table(given.split)
    part = ["train"] * 4 + ["valid"] * 4 + ["test"] * (len(parts) - 8)
    path = given.split.with_name("pairs.parquet")
    write_table(parts.select("id", part=pl.Series(part)), path)
    return replace(given, prepared=prepared, split=path)


@pytest.mark.parametrize(
    ("by", "right"), [("later-id", 1.0), ("fewer-sites", 0.5), ("larger-volume", 1.0), ("shorter-text", 1.0)]
)
def test_what_stands_beside_the_crystals_orders_them_too(tmp_path, by, right):
    table = outcome(
        tmp_path, everything_in_test(), method="order", target="formation_energy", order=by
    ).predictions
    assert scored(table)["order"] == pytest.approx(right)


@pytest.mark.parametrize(
    "changes",
    [
        {"reads": ["mat2vec"]},
        {"reads": ["mat2vec"], "recall": {"centre": "raw"}},
        {"reads": ["magpie", "structure"], "recall": {"centre": "whitened"}},
        {"reads": ["text"]},
        {"recall": {"by": "elmd"}},
        {"recall": {"by": "anion"}},
        {"recall": {"by": "prototype"}},
        {"recall": {"by": "elements"}},
        {"recall": {"by": "random"}},
    ],
    ids=str,
)
def test_a_recall_lists_formulas_in_order_and_never_a_query(tmp_path, changes):
    table = outcome(tmp_path, method="recall", **changes).predictions
    assert table["pool"].unique().sort().to_list() == ["all", "described", "later"]
    queries = small_pool.table().filter("query")
    assert table["property"].unique().sort().to_list() == sorted(queries["formula"])
    assert not set(table["id"]) & set(queries["id"])
    for (_, pool), each in table.group_by("property", "pool", maintain_order=True):
        assert each["rank"].to_list() == list(range(1, 6 if pool == "described" else 11))
        assert all(near <= far for near, far in pairwise(each["prediction"]))
    known = small_pool.table().filter("host", ~pl.col("query"), pl.col("first_year") < 2013)["id"]
    assert not set(table.filter(pool="later")["id"]) & set(known)
    assert {"hits", "hits-later", "hits-described", "found"} == set(scored(table))


def test_hits_are_hosts_in_the_list_of_a_query(tmp_path):
    table = outcome(tmp_path, method="recall", recall={"by": "elmd"}).predictions
    hosts = small_pool.table().filter("host", ~pl.col("query"))["id"]
    lists = table.filter(pool="all")
    by_hand = lists.filter(pl.col("id").is_in(hosts.implode())).height / 2  # two queries
    assert scored(table)["hits"] == pytest.approx(by_hand)
    assert scored(table)["found"] == len(set(lists["id"]) & set(hosts)) / len(hosts)


def test_an_unknown_method_is_named(tmp_path):
    with pytest.raises(ValueError, match="method 'heads', expected one of median"):
        outcome(tmp_path, method="heads")
