"""The summary table: by hand on a small grid."""

import numpy as np
import pytest

from retort.statistics.components import one_way, two_way
from retort.statistics.summary import SUMMARY_SCHEMA, summarize
from tests.statistics.results import answered, cells, only, scores

RUNS = {"base": {0: 0.4}, "ours": {0: 0.5, 1: 0.6, 2: 0.8, 3: 0.7, 4: 0.9}, "other": {0: 0.3, 1: 0.4, 2: 0.5}}


def test_schema_and_hand_values():
    summary = summarize(cells(scores(RUNS)))
    assert summary.schema == SUMMARY_SCHEMA
    assert summary["variant"].to_list() == ["base", "other", "ours"]
    ours, expected = only(summary, variant="ours"), one_way(list(RUNS["ours"].values()))
    assert [ours[k] for k in ("n", "draws", "n_items", "note")] == [5, 1, None, "replicates only"]
    assert [ours[k] for k in ("trimean", "q1", "q3", "iqr")] == pytest.approx([0.7, 0.6, 0.8, 0.2])
    assert [ours[k] for k in ("mean", "sd")] == pytest.approx([0.7, 0.025**0.5])
    assert [ours[k] for k in ("low", "high", "se", "df")] == [
        getattr(expected, k) for k in ("low", "high", "se", "df")
    ]


def test_a_single_run_says_n_too_small():
    base = only(summarize(cells(scores(RUNS))), variant="base")
    assert [base[k] for k in ("n", "mean", "trimean", "low", "se", "sd", "note")] == [
        *(1, 0.4, 0.4, None, None, None),
        "n too small",
    ]


def test_items_and_draws():
    values = np.random.default_rng(1).exponential(size=(3, 2, 25))
    answers = {(f"p-{d}", 2 * d + s): values[d, s] for d in range(3) for s in range(2)}
    family = {("d", f"p-{d}"): "p" for d in range(3)}
    summary = summarize(cells(*answered({"ours": answers}, ("mae", "trimean")), family))
    row, expected = only(summary, metric="mae"), two_way(values.mean(axis=1))
    assert (row["split"], row["n"], row["draws"], row["n_items"], row["note"]) == ("p", 6, 3, 25, "")
    assert [row[k] for k in ("mean", "se", "df")] == pytest.approx([*expected[:1], *expected[3:5]], rel=1e-4)
    # Of the trimean of errors the mean over replicates, with an interval that knows of items, too.
    robust = only(summary, metric="trimean")
    each = np.quantile(values, [0.25, 0.5, 0.5, 0.75], axis=-1).mean(axis=0)
    assert robust["mean"] == pytest.approx(each.mean())
    assert robust["n_items"] == 25
    assert robust["low"] < robust["mean"] < robust["high"]


def test_the_interval_of_a_fraction_ends_at_one():
    runs = {"good": {0: 0.90, 1: 0.99, 2: 1.0}}
    row, whole = only(summarize(cells(scores(runs, unit="fraction")))), one_way(list(runs["good"].values()))
    assert whole.high > 1
    assert (row["low"], row["high"]) == (pytest.approx(whole.low), 1.0)
