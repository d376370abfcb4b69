"""Runs of one protocol pooled: draws with seeds, shares of the labels apart."""

import polars as pl
import pytest

from retort.statistics.bootstrap import interval
from retort.statistics.pooled import POOLED_SCHEMA, pool
from retort.statistics.summary import summarize

RESAMPLES = 200


@pytest.fixture
def places():
    """Two draws of `random`; under `strict` all labels, and a tenth of them."""
    return pl.DataFrame(
        {
            "dataset": "acid",
            "split": ["random-0", "random-1", "strict", "strict-10-0"],
            "target": None,
            "protocol": ["random", "random", "strict", "strict"],
            "share": [1.0, 1.0, 1.0, 0.1],
        },
        schema_overrides={"target": pl.String},
    )


@pytest.fixture
def scores():
    values = {"random-0": [0.1, 0.3], "random-1": [0.2, 0.5], "strict": [0.6, 0.9, 0.7], "strict-10-0": [0.4]}
    rows = [
        ("toy", "acid", split, "forest", seed, "test", "roc_auc", value, "fraction")
        for split, here in values.items()
        for seed, value in enumerate(here)
    ]
    names = ["study", "dataset", "split", "variant", "seed", "part", "metric", "value", "unit"]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_draws_and_seeds_of_one_protocol_are_one_sample(scores, places):
    row = pool(scores, places, seed=7, resamples=RESAMPLES).row(
        by_predicate=pl.col("protocol") == "random", named=True
    )
    wanted = interval([0.1, 0.3, 0.2, 0.5], seed=7, resamples=RESAMPLES)
    assert (row["draws"], row["n"]) == (2, 4)
    assert (row["trimean"], row["low"], row["high"], row["note"]) == tuple(wanted)
    assert (row["q1"], row["q3"]) == pytest.approx((0.175, 0.35))


def test_shares_of_the_labels_stay_apart(scores, places):
    table = pool(scores, places, seed=7, resamples=RESAMPLES)
    assert table.schema == POOLED_SCHEMA
    strict = table.filter(protocol="strict")
    assert strict["share"].to_list() == [0.1, 1.0]
    assert strict["n"].to_list() == [1, 3]
    assert strict["note"][0] == "n too small"


def test_one_split_has_the_interval_of_the_summary(scores, places):
    items = scores.head(0).with_columns(id=pl.lit(""))
    own = summarize(scores, items, seed=7, resamples=RESAMPLES).row(
        by_predicate=pl.col("split") == "strict", named=True
    )
    both = pool(scores, places, seed=7, resamples=RESAMPLES).row(
        by_predicate=(pl.col("protocol") == "strict") & (pl.col("share") == 1), named=True
    )
    for column in ("n", "trimean", "q1", "q3", "low", "high", "note"):
        assert both[column] == own[column], column


def test_a_place_that_the_plan_lacks_is_named(scores, places):
    with pytest.raises(ValueError, match=r"places lack acid / strict-10-0.*Hint"):
        pool(scores, places.head(3), seed=7)
