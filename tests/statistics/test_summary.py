"""The summary table: by hand on a small grid, pairing, and bad input."""

import polars as pl
import pytest

from retort.statistics.bootstrap import interval_over_items
from retort.statistics.robust import trimean
from retort.statistics.summary import CONTRAST_SCHEMA, SUMMARY_SCHEMA, contrasts, summarize

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
    summary = summarize(scores(), NO_ITEMS, "base", seed=1)
    assert summary.schema == SUMMARY_SCHEMA
    assert summary["variant"].to_list() == ["base", "other", "ours"]
    ours = row(summary, "ours")
    assert (ours["n"], ours["note"], ours["baseline"]) == (5, "", "base")
    assert [ours[k] for k in ("trimean", "q1", "q3", "iqr")] == pytest.approx([0.7, 0.6, 0.8, 0.2])
    assert [ours["mean"], ours["sd"]] == pytest.approx([0.7, 0.025**0.5])
    assert ours["low"] < 0.7 < ours["high"]
    assert ours["n_items"] is None
    assert ours["item_difference"] is None


def test_one_deterministic_baseline_pairs_with_every_seed():
    ours = row(summarize(scores(), NO_ITEMS, "base", seed=1), "ours")
    assert ours["difference"] == pytest.approx(0.3)
    assert ours["difference_low"] == pytest.approx(ours["low"] - 0.4)
    assert ours["p"] == pytest.approx(2 / 2**5)
    assert ours["p_holm"] == pytest.approx(2 * 2 / 2**5)  # two comparisons in the family


def test_baseline_has_no_comparison_with_itself_and_says_n_too_small():
    base = row(summarize(scores(), NO_ITEMS, "base", seed=1), "base")
    assert (base["n"], base["trimean"], base["low"], base["sd"], base["note"]) == (
        1,
        0.4,
        None,
        None,
        "n too small",
    )
    assert base["baseline"] is None
    assert base["p_holm"] is None


def test_pairs_by_seed_whatever_the_order_of_rows():
    summary = summarize(scores().reverse(), NO_ITEMS, "other", seed=1)
    ours = row(summary, "ours")
    assert ours["difference"] == pytest.approx(trimean([0.2, 0.2, 0.3]))  # seeds 0, 1, 2
    assert summary.equals(
        summarize(scores().sample(fraction=1, shuffle=True, seed=3), NO_ITEMS, "other", seed=1)
    )
    assert row(summary, "base")["difference"] == pytest.approx(0.0)  # deterministic against three seeds


def test_families_are_apart():
    both = pl.concat([scores(), scores(part="valid")])
    one, two = summarize(scores(), NO_ITEMS, "base", seed=1), summarize(both, NO_ITEMS, "base", seed=1)
    assert two.filter(part="test").equals(one)


def test_baseline_absent_from_a_data_set():
    elsewhere = scores({"ours": {0: 0.1, 1: 0.2, 2: 0.3}}, dataset="e")
    summary = summarize(pl.concat([scores(), elsewhere]), NO_ITEMS, "base", seed=1)
    assert summary.filter(dataset="e")["difference"].to_list() == [None]


def test_items():
    answers = {
        "base": {f"i{k}": float(k % 2) for k in range(40)},
        "ours": {f"i{k}": float(k % 4 > 0) for k in range(40)},
    }
    ours = row(summarize(scores(), items(answers), "base", seed=1), "ours")
    expected = interval_over_items(list(answers["ours"].values()), seed=1)
    assert ours["n_items"] == 40
    assert (ours["item_low"], ours["item_high"]) == pytest.approx((expected.low, expected.high), abs=0.03)
    assert ours["item_difference"] == pytest.approx(0.25)
    assert 0 < ours["item_difference_low"] < 0.25 < ours["item_difference_high"]


def test_items_must_be_the_same():
    answers = {"base": {"a": 1.0, "b": 0.0}, "ours": {"a": 1.0, "c": 0.0}}
    with pytest.raises(ValueError, match="1 shared"):
        summarize(scores(), items(answers), "base", seed=1)


def test_contrast_of_a_chosen_pair():
    table = contrasts(scores(), NO_ITEMS, [("ours", "other")], seed=1)
    assert table.schema == CONTRAST_SCHEMA
    one = table.row(0, named=True)
    assert (one["n"], one["variant"], one["baseline"]) == (3, "ours", "other")
    assert one["p_holm"] == one["p"]
    assert contrasts(scores(), NO_ITEMS, [("ours", "absent")], seed=1).is_empty()


def test_awkward_input_is_named():
    with pytest.raises(ValueError, match="more than one value"):
        summarize(pl.concat([scores(), scores()]), NO_ITEMS, "base", seed=1)
    with pytest.raises(ValueError, match="'variant': 'ours'"):
        summarize(scores({"ours": {0: float("nan")}}), NO_ITEMS, "ours", seed=1)
    with pytest.raises(ValueError, match="empty"):
        summarize(scores().clear(), NO_ITEMS, "base", seed=1)
    with pytest.raises(ValueError, match="several units"):
        summarize(pl.concat([scores(), scores({"x": {0: 1.0}}, unit="percent")]), NO_ITEMS, "base", seed=1)
    with pytest.raises(ValueError, match="share no seed"):
        summarize(scores({"a": {0: 1.0, 1: 2.0}, "b": {2: 1.0, 3: 2.0}}), NO_ITEMS, "a", seed=1)
    with pytest.raises(ValueError, match="lack the column"):
        summarize(scores().drop("unit"), NO_ITEMS, "base", seed=1)
