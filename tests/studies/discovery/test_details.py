"""What is said of several systems together, on a pool whose neighbours and lists are known."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from retort.runs import Place, Run, StudyPlan
from retort.sealed import read_table, write_table
from retort.studies.discovery import benchmark
from retort.studies.discovery.details import details
from retort.studies.discovery.illustrations import illustrate
from retort.studies.discovery.score import score
from retort.studies.discovery.tables import DETAILS, ILLUSTRATIONS

from . import small_pool
from .small_pool import inputs, outcome, settings

SYSTEMS = {
    "recall-elmd": {"recall": {"by": "elmd"}},
    "recall-mat2vec": {"reads": ["mat2vec"]},
    "recall-text": {"reads": ["text"]},
    "recall-structure": {"reads": ["structure"]},
    "recall-prototype": {"recall": {"by": "prototype"}},
}
PLAN = StudyPlan(
    "recall-elmd",
    {},
    (Place("pool", "hosts", ("hosts",), "recall", None, "hosts", 1.0, True),),
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    found = []
    for variant, changes in SYSTEMS.items():
        folder = tmp_path_factory.mktemp(variant)
        write_table(outcome(folder, method="recall", **changes).predictions, folder / "predictions.parquet")
        chosen = settings(method="recall", **changes)
        found.append(Run("discovery", "pool", "hosts", variant, 0, folder, inputs(), chosen))
    folder = tmp_path_factory.mktemp("order")
    chosen = settings(method="order", target="formation_energy")
    found.append(Run("discovery", "pool", "hosts", "later-id", 0, folder, inputs(), chosen))
    return found


@pytest.fixture(scope="module")
def tables(runs):
    return details(runs, PLAN)


def test_all_tables_have_the_columns_that_are_declared(tables):
    assert {name: dict(table.schema) for name, table in tables.items()} == DETAILS


def test_hits_of_each_query_make_the_score(runs, tables):
    given = inputs()
    for run in runs[:2]:
        scores, _ = score(run.read("predictions"), read_table(given.prepared), read_table(given.split))
        mine = tables["recall_queries"].filter(variant=run.variant, pool="all")
        assert mine["hits"].mean() == pytest.approx(scores.filter(metric="hits")["value"].item())
        assert mine["length"].to_list() == [10, 10]


def test_quartiles_are_of_the_list_and_the_reference_is_compared_with_nothing(runs, tables):
    quality = tables["recall_quality"].filter(quantity="power_factor", pool="all")
    own = quality.filter(variant="recall-mat2vec")
    assert own["p"].null_count() == len(own) == 2
    run = next(run for run in runs if run.variant == "recall-elmd")
    query = own["query"][0]
    listed = run.read("predictions").filter(pool="all", property=query)["id"]
    values = small_pool.table().filter(pl.col("id").is_in(listed.implode()))["power_factor"]
    row = quality.filter(variant="recall-elmd", query=query)
    assert row["median"].item() == pytest.approx(values.median())
    assert row["n"].item() == 10
    assert 0 <= row["p"].item() <= row["p_holm"].item() <= 1
    whole = quality.filter(variant="whole")
    assert whole["n"].item() == 192


def test_whoever_sees_the_structure_alone_has_neighbours_of_its_prototype(tables):
    own = tables["purity"].filter(pl.col("against").is_null(), pl.col("group") == "prototype")
    found = dict(own.select("variant", "value").rows())
    assert found["recall-text"] > 0.9
    # ElMD sees no structure: of the ten nearest one is the polymorph, and the others are of both kinds alike.
    assert found["recall-elmd"] == pytest.approx(0.5, abs=0.12)
    assert own["chance"].unique().item() == pytest.approx(0.5, abs=0.01)
    gap = tables["purity"].filter(variant="recall-text", against="recall-mat2vec", group="prototype")
    assert gap["value"].item() == pytest.approx(found["recall-text"] - found["recall-mat2vec"])
    assert gap["low"].item() > 0


def test_overlap_is_of_pairs_of_systems_and_between_none_and_all(tables):
    overlap = tables["overlap"]
    assert len(overlap) == 6  # four systems have neighbours
    assert overlap["value"].is_between(0, 1).all()


def test_joins_count_rows_and_what_is_known_of_them(tables):
    counts = dict(tables["joins"].filter(dataset="pool").select("quantity", "n").rows())
    table = small_pool.table()
    assert counts["rows"] == 192
    assert counts["formulas"] == 96
    assert counts["zt"] == table["zt"].drop_nulls().len()
    assert counts["host"] == table["host"].sum()
    assert counts["pairs"] == counts["formulas with pairs"] == 16  # one in six formulas is in test


def test_the_map_has_the_same_formulas_in_all_panels(runs):
    found = illustrate(runs)["map"]
    assert dict(found.schema) == ILLUSTRATIONS["map"]
    panels = found.partition_by("variant", as_dict=True)
    assert sorted(name for (name,) in panels) == ["recall-mat2vec", "recall-structure", "recall-text"]
    assert len({tuple(panel["id"]) for panel in panels.values()}) == 1
    assert np.isfinite(found["x"].to_numpy()).all()


def test_a_query_and_a_step_are_timed(runs, monkeypatch):
    monkeypatch.setattr(benchmark, "POOL", 500)
    monkeypatch.setattr(benchmark, "STEPS", 1)
    ranker = replace(runs[0], variant="mmoe-all", settings=settings(method="ranker"))
    timed = benchmark.measure([ranker])
    assert timed["quantity"].to_list() == ["query of a pool", "600 steps of a ranker, mmoe-all"]
    assert (timed["value"] > 0).all()
    assert benchmark.measure([]).is_empty()
