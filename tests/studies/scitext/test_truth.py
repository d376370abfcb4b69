"""What the generated data hide is found: the record at smoke scale has science ahead where documents are few.

The texts of science tell the classes of names, general ones say as much and tell nothing of them; tuning alone cannot
know what few documents do not annotate.
"""

from pathlib import Path

import polars as pl
import pytest

RECORD = Path(__file__).resolve().parents[3] / "data/record/smoke/scitext"
CLEAR = 0.03  # of F1


@pytest.fixture(scope="module")
def scores():
    """Mean of each variant and metric on test, by split without its draw."""
    table = pl.read_parquet(RECORD / "scores.parquet").filter(part="test")
    family = pl.col("split").str.replace(r"-\d$", "")
    means = table.group_by(family, "variant", "metric").agg(pl.col("value").mean())
    return {(split, variant, metric): value for split, variant, metric, value in means.iter_rows()}


@pytest.mark.parametrize("start", ["general-longer", "general", "random"])
def test_with_few_documents_science_is_ahead_of_every_other_start(scores, start):
    assert scores["entities-n12", "science", "f1"] > scores["entities-n12", start, "f1"] + CLEAR


def test_more_text_that_tells_nothing_is_worth_nothing(scores):
    f1 = [scores["entities-n12", start, "f1"] for start in ("general-longer", "general", "random")]
    assert max(f1) - min(f1) < CLEAR


@pytest.mark.parametrize("target", ["relations", "coreference-n12"])
def test_relations_and_coreference_follow_from_the_classes(scores, target):
    assert scores[target, "science", "f1"] > scores[target, "general", "f1"] + CLEAR


def test_hidden_pieces_are_guessed_by_who_read_their_like(scores):
    assert scores["all", "lm-science", "below-unigram"] > 0.5
    assert scores["all", "lm-science", "mlm-science"] < scores["all", "lm-general-longer", "mlm-science"] - 1
    assert scores["all", "lm-general-longer", "mlm-general"] < scores["all", "lm-general", "mlm-general"]
