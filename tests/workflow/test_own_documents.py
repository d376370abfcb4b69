"""A user's annotated documents go through the pipeline, and what was trained on them reads a new text."""

import json
import subprocess
import sys

import polars as pl

from tests import own_data
from tests.configuration.test_own_documents import abstracts

SMALL = [
    "study.scitext.grid=[{name: scierc-entities, dataset: abstracts, split: entities, places: {corpus: corpus}, "
    "variants: [gazetteer], seeds: 1}, {name: corpus, dataset: corpora_generated, split: all, "
    "places: {corpus: corpus}, variants: [lm-general], seeds: 1}]",
    "study.scitext.guests.variants=[gazetteer, general]",
    "study.scitext.guests.seeds=1",
    "study.scitext.run.pretraining.pieces=20000",
    "study.scitext.run.training.least_steps=60",
    "study.scitext.run.training.most_steps=60",
]
RUNS = "data/runs/scitext/my_abstracts/entities"
RESULTS = "data/results/scitext/summary.parquet"
TEXT = "We present a neural9 parser for ranking. The parser is good at ranking!"


def test_documents_are_trained_on_and_a_text_is_read(fresh, tmp_path):
    own_data.add("annotated documents", abstracts(), fresh.folder / "workflow/config", tmp_path)
    fresh.snakemake(RESULTS, overrides=SMALL)
    summary = pl.read_parquet(fresh.folder / RESULTS).filter(dataset="my_abstracts", part="test", metric="f1")
    assert set(summary["variant"]) == {"gazetteer", "general"}
    rejects = pl.read_csv(fresh.folder / "data/prepared/my_abstracts.rejects.csv")
    assert set(rejects["row"]) == {41, 42, 43}
    (tmp_path / "abstract.txt").write_text(TEXT)
    for named in (
        ["--dataset", "my_abstracts"],
        ["--run", f"{RUNS}/general/seed0"],
        ["--run", f"{RUNS}/gazetteer/seed0"],
    ):
        said = subprocess.run(
            [sys.executable, "-m", "retort.cli", "extract", str(tmp_path / "abstract.txt"), "--json", *named],
            cwd=fresh.folder,
            env=fresh.environment(),
            check=True,
            capture_output=True,
            text=True,
        )
        answer = json.loads(said.stdout)
        (text,) = answer["texts"]
        (run,) = answer["model"]["runs"]
        assert answer["model"]["dataset"] == "my_abstracts"
        assert run["run"].startswith(f"{RUNS}/{run['variant']}")
        assert named[0] == "--dataset" or run["run"] == named[1]
        assert text["sentences"][0] == ["We", "present", "a", "neural9", "parser", "for", "ranking", "."]
        for one in text["entities"]:
            assert TEXT[slice(*one["characters"])] == one["text"]
        # One pattern in all documents is enough to know what a task is.
        assert ("Task", "ranking") in {(one["type"], one["text"]) for one in text["entities"]}
