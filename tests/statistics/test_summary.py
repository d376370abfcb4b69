"""The summary table: by hand on a small grid, and bad input."""

import polars as pl
import pytest

from retort.statistics.bootstrap import interval_over_items
from retort.statistics.summary import SUMMARY_SCHEMA, summarize

KEY = {"study": "s", "dataset": "d", "split": "p", "part": "test", "metric": "accuracy", "unit": "fraction"}
RUNS = {"base": {0: 0.4}, "ours": {0: 0.5, 1: 0.6, 2: 0.8, 3: 0.7, 4: 0.9}, "other": {0: 0.3, 1: 0.4, 2: 0.5}}


def scores(runs=RUNS, **key):
    return pl.DataFrame(
        [
            KEY | key | {"variant": variant, "seed": seed, "value": value}
            for variant, seeds in runs.items()
            for seed, value in seeds.items()
        ]
    )


def items(values):
    return pl.DataFrame(
        [
            {name: KEY[name] for name in ("study", "dataset", "split", "part", "metric")}
            | {"variant": variant, "id": name, "value": value, "n_seeds": 5}
            for variant, answers in values.items()
            for name, value in answers.items()
        ],
        schema_overrides={"value": pl.Float64},
    )


NO_ITEMS = pl.DataFrame(
    schema=dict.fromkeys(["study", "dataset", "split", "variant", "part", "metric", "id"], pl.String)
    | {"value": pl.Float64, "n_seeds": pl.Int64}
)


def row(table, variant):
    return table.filter(variant=variant).row(0, named=True)


def test_schema_and_hand_values():
    summary = summarize(scores(), NO_ITEMS, seed=1)
    assert summary.schema == SUMMARY_SCHEMA
    assert summary["variant"].to_list() == ["base", "other", "ours"]
    ours = row(summary, "ours")
    assert (ours["n"], ours["note"]) == (5, "")
    assert [ours[k] for k in ("trimean", "q1", "q3", "iqr")] == pytest.approx([0.7, 0.6, 0.8, 0.2])
    assert [ours["mean"], ours["sd"]] == pytest.approx([0.7, 0.025**0.5])
    assert ours["low"] < 0.7 < ours["high"]
    assert [ours[k] for k in ("n_items", "item_low", "item_high")] == [None] * 3


def test_a_single_run_says_n_too_small():
    base = row(summarize(scores(), NO_ITEMS, seed=1), "base")
    assert [base[k] for k in ("n", "trimean", "low", "sd", "note")] == [1, 0.4, None, None, "n too small"]


def test_order_of_rows_and_other_cells_change_nothing():
    one = summarize(scores(), NO_ITEMS, seed=1)
    assert one.equals(summarize(scores().sample(fraction=1, shuffle=True, seed=3), NO_ITEMS, seed=1))
    both = summarize(pl.concat([scores(), scores(part="valid")]), NO_ITEMS, seed=1)
    assert both.filter(part="test").equals(one)


def test_items():
    answers = {"ours": {f"i{k}": float(k % 4 > 0) for k in range(40)}}
    summary = summarize(scores(), items(answers), seed=1)
    ours = row(summary, "ours")
    # Answers are in the order of their ids, i0, i1, i10, ...
    expected = interval_over_items([answers["ours"][name] for name in sorted(answers["ours"])], seed=1)
    assert (ours["n_items"], ours["item_low"], ours["item_high"]) == (40, expected.low, expected.high)
    assert row(summary, "base")["n_items"] is None


def test_awkward_input_is_named():
    with pytest.raises(ValueError, match="more than one value for a run"):
        summarize(pl.concat([scores(), scores()]), NO_ITEMS, seed=1)
    answer = items({"ours": {"a": 1.0}})
    with pytest.raises(ValueError, match="more than one value for an id"):
        summarize(scores(), pl.concat([answer, answer]), seed=1)
    with pytest.raises(ValueError, match="'variant': 'ours'"):
        summarize(scores({"ours": {0: float("nan")}}), NO_ITEMS, seed=1)
    with pytest.raises(ValueError, match="empty"):
        summarize(scores().clear(), NO_ITEMS, seed=1)
    with pytest.raises(ValueError, match="several units"):
        summarize(pl.concat([scores(), scores({"x": {0: 1.0}}, unit="percent")]), NO_ITEMS, seed=1)
    with pytest.raises(ValueError, match="lack the column"):
        summarize(scores().drop("unit"), NO_ITEMS, seed=1)
