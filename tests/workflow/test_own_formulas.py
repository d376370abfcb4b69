"""A user's formulas go through the pipeline, to scores in their own unit."""

import csv

import polars as pl

from tests import own_data
from tests.configuration.test_own_formulas import moduli

# The lender is a place of this study: here it lends its labels alone, since a teacher of structures takes minutes.
SMALL = [
    "dataset.crystals.generator.settings.rows=120",
    "study.transfer.grid=[{name: mp-formation, dataset: crystals, split: formation, variants: [crabnet], seeds: 1}, "
    "{name: jarvis-formation, dataset: crystals, split: gap, variants: [boosting], seeds: 1}]",
    "study.transfer.guests.variants=[boosting, crabnet, crabnet-labels, crabnet-fair]",
    "dataset.my_moduli.join={study: transfer, split: composition-bulk_modulus-0}",
    "study.transfer.run.boosting.trees=20",
    "study.transfer.run.training.align.epochs=2",
    "study.transfer.run.training.learn.epochs=2",
    "study.transfer.run.training.tune.epochs=2",
]
RESULTS = "data/results/transfer/summary.parquet"


def test_formulas_are_trained_on_and_scored(fresh, tmp_path):
    own_data.add("formulas", moduli(), fresh.folder / "workflow/config", tmp_path)
    done = fresh.snakemake(RESULTS, overrides=SMALL)
    summary = pl.read_parquet(fresh.folder / RESULTS).filter(dataset="my_moduli", part="test", metric="mae")
    assert set(summary["variant"]) == {"boosting", "crabnet", "crabnet-labels", "crabnet-fair"}
    assert summary["unit"].unique().to_list() == ["GPa"]
    with (fresh.folder / "data/prepared/my_moduli.rejects.csv").open(encoding="utf-8-sig") as stream:
        rows = [row["row"] for row in csv.DictReader(stream)]
    assert rows == ["64", "65", "7", "62", "63"], "rejects, then what contradicts or repeats another"
    assert "rows, fewer than 10: a score there tells no method from another" in done.stdout
