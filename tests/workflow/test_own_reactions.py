"""A user's plate goes through the pipeline, and the network that was trained on it answers."""

import json
import subprocess
import sys

import polars as pl

from tests import own_data
from tests.configuration.test_own_reactions import plate

SMALL = [
    "study.yields.grid=[{name: bh, dataset: plates, split: random, variants: [forest], seeds: 1}]",
    "study.yields.guests.variants=[constant, boosting, mpnn]",
    "study.yields.guests.seeds=1",
    "study.yields.run.boosting.trees=20",
    "study.yields.run.training.least_steps=20",
    "study.yields.run.training.most_steps=20",
]
RESULTS = "data/results/yields/summary.parquet"


def test_a_plate_is_trained_on_and_asked(fresh, tmp_path):
    own_data.add("reactions", plate(), fresh.folder / "workflow/config", tmp_path)
    fresh.snakemake(RESULTS, overrides=SMALL)
    summary = pl.read_parquet(fresh.folder / RESULTS).filter(dataset="my_plate", part="test", metric="mae")
    assert set(summary["variant"]) == {"constant", "boosting", "mpnn"}
    rejects = pl.read_parquet(fresh.folder / "data/prepared/my_plate.rejects.parquet")
    assert rejects["row"].to_list() == [48, 49]
    reaction = "Brc1ccccc1.NC1CC1.CCN(CC)CC>>C1CC1Nc1ccccc1"
    command = [sys.executable, "-m", "retort.cli", "yield", reaction, "--dataset", "my_plate", "--json"]
    said = subprocess.run(
        command, cwd=fresh.folder, env=fresh.environment(), check=True, capture_output=True, text=True
    )
    (answer,) = json.loads(said.stdout)["predictions"]
    assert 0 <= answer["low"] <= answer["mean"] <= answer["high"] <= 100
    assert answer["unseen"] == []
    assert answer["nearest"][0]["similarity"] > 0
