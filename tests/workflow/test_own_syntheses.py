"""A published table of syntheses, with parts of its own that share targets, goes through the pipeline."""

import json

import polars as pl

from tests import own_data
from tests.configuration.test_own_syntheses import syntheses

from .project import SMALL

OWN = [
    *SMALL,
    "study.precursors.guests.variants=[selector, raw-mpc-first, most-frequent]",
    "study.precursors.run.vocabulary.minimum_weight=1",
]
RESULTS = "data/results/precursors/summary.parquet"


def test_a_published_table_is_trained_on_and_scored(fresh, tmp_path):
    # One target of test, the third of the table, in train as well.
    table = syntheses() + "CaSnO3,CaO + SnO2,10.1/a,train\n"
    described = own_data.add("syntheses", table, fresh.folder / "workflow/config", tmp_path)
    text = described.read_text().replace("settings: {", "settings: {part: split, doi: DOI, ")
    described.write_text(text.replace("join: precursors", "join: {study: precursors, split: published}"))
    done = fresh.snakemake(RESULTS, overrides=OWN)
    summary = pl.read_parquet(fresh.folder / RESULTS).filter(
        dataset="my_syntheses", part="test", metric="success@5"
    )
    assert set(summary["variant"]) == {"selector", "raw-mpc-first", "most-frequent"}
    manifest = json.loads((fresh.folder / "data/splits/my_syntheses/published.manifest.json").read_text())
    assert manifest["targets_shared_with_train"] == {"test": 1, "valid": 0}
    assert "of 28 distinct targets of test, train has 1, too" in done.stdout
    # The study's own details stay those of its own data set, whatever joins.
    elements = pl.read_parquet(fresh.folder / "data/results/precursors/details/elements.parquet")
    assert elements["dataset"].unique().to_list() == ["solid_state_generated"]
