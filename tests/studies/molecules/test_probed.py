"""Which encoder's vectors do best: ranks of frozen probes on validation, places where all were probed."""

from pathlib import Path

import polars as pl
import pytest

from retort.record import read_table
from retort.sealed import write_json
from retort.studies.molecules.embedding import newest_encoder
from retort.studies.molecules.probed import PROBED, Standing, standings
from retort.studies.molecules.use import MODELS

from .finished_runs import encoder

RECORD = Path(__file__).resolve().parents[3] / "data/record/laptop/molecules/scores.parquet"


def scores(rows):
    columns = ("dataset", "variant", "metric", "part", "seed", "value")
    table = pl.DataFrame([dict(zip(columns, row, strict=True)) for row in rows])
    return table.with_columns(split=pl.lit("strict"))


ROWS = [
    # Seeds are averaged: a has 0.7 of 0.9 and 0.5, b has 0.8.
    ("bbbp", "a-frozen", "roc_auc", "valid", 0, 0.9),
    ("bbbp", "a-frozen", "roc_auc", "valid", 1, 0.5),
    ("bbbp", "b-frozen", "roc_auc", "valid", 0, 0.8),
    # Of errors the lower one is better.
    ("esol", "a-frozen", "rmse", "valid", 0, 2.0),
    ("esol", "b-frozen", "rmse", "valid", 0, 1.0),
    # None of these counts: another part, another metric, a place where one of them was not probed.
    ("bbbp", "a-frozen", "roc_auc", "test", 0, 1.0),
    ("bbbp", "b-frozen", "roc_auc", "test", 0, 0.0),
    ("bbbp", "a-frozen", "pr_auc", "valid", 0, 1.0),
    ("bbbp", "b-frozen", "pr_auc", "valid", 0, 0.0),
    ("bace", "a-frozen", "roc_auc", "valid", 0, 1.0),
]


def test_encoders_stand_by_their_ranks_where_all_were_probed():
    found = standings(scores(ROWS), ["a", "b", "never-probed"])
    assert found == {"a": Standing(2.0, 2, 2), "b": Standing(1.0, 2, 2)}
    assert standings(scores(ROWS), ["other"]) == {}


def test_the_model_that_is_made_for_embed_is_the_best_of_the_record():
    found = standings(read_table(RECORD), PROBED)
    assert found.keys() == set(PROBED) == set(MODELS["embed"]["variants"])
    assert {one.places for one in found.values()} == {8}
    assert min(found, key=lambda name: found[name].rank) == MODELS["embed"]["variants"][0]


@pytest.mark.parametrize("known", [True, False])
def test_of_several_encoders_the_best_answers_and_says_how_good_it_is(here, ask, known):
    folders = [encoder(here, f"corpus/corpus/{name}/seed0", "gin") for name in ("contrast", "molclr")]
    table = scores(
        [(*row[:1], row[1].replace("a-", "contrast-").replace("b-", "molclr-"), *row[2:]) for row in ROWS]
    )
    results = here / "data/results/molecules"
    results.mkdir(parents=True)
    table.write_parquet(results / "scores.parquet")
    # Results of another scale know nothing of these encoders.
    places = [folder.relative_to(here).as_posix() for folder in folders]
    write_json(
        {"runs": {place if known else place.replace("corpus", "zinc"): {} for place in places}},
        results / "origin.json",
    )
    # By name where nothing is known.
    assert newest_encoder().parent.name == ("molclr" if known else "contrast")
    (here / "some.smi").write_text("CCO\n")
    code, _, said = ask("embed", "some.smi", "-o", "vectors.npy")
    assert code == 0
    assert ("probed on validation of 2 data sets its mean rank is 1.0 among 2 encoders" in said) is known
