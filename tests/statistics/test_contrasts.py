"""Contrasts: by hand on a small grid, pairing, families, and awkward input."""

from pathlib import Path

import polars as pl
import pytest

from retort.statistics.bootstrap import paired_over_items
from retort.statistics.comparison import compare
from retort.statistics.contrasts import CONTRASTS_SCHEMA, Pair, contrasts
from retort.statistics.robust import trimean
from tests.statistics.test_summary import KEY, NO_ITEMS, items, scores

RECORD = Path(__file__).parents[2] / "data/record/smoke"
OURS = Pair("ours", "base")
OTHER = Pair("other", "base")
PAIRED = {"dataset": "d", "split": "p", "variant": "ours", "reference": "base", "n_items": 40}
SEEDS = ["n", "difference", "low", "high", "p", "p_holm", "relative", "note"]
ITEMS = ["n_items", "item_difference", "item_low", "item_high"]


def compared(*pairs, runs=None, answers=NO_ITEMS, **how):
    table = contrasts(scores() if runs is None else runs, answers, {"family": pairs}, seed=1, **how)
    assert table.schema == CONTRASTS_SCHEMA
    return table


def only(table):
    (row,) = table.to_dicts()
    return row


def test_one_deterministic_run_pairs_with_every_seed():
    row = only(compared(OURS))
    expected = compare([0.5, 0.6, 0.8, 0.7, 0.9], [0.4] * 5, seed=1)
    assert [row[k] for k in ("n", "difference", "low", "high", "p", "note")] == list(expected)
    assert row["difference"] == pytest.approx(0.3)
    assert row["p"] == pytest.approx(2 / 2**5)
    assert row["relative"] == pytest.approx(0.3 / 0.4)
    assert (row["against_trimean"], row["unit"], row["title"]) == (0.4, "fraction", None)
    assert [row[k] for k in ITEMS] == [None] * 4
    back = only(compared(Pair("base", "ours")))
    assert (back["n"], back["difference"]) == (5, -row["difference"])


def test_seeds_pair_by_number_and_those_of_one_alone_are_left_out():
    row = only(compared(Pair("ours", "other"), runs=scores().reverse()))
    assert (row["n"], row["difference"]) == (3, pytest.approx(trimean([0.2, 0.2, 0.3])))
    # The share is of all runs of the other system.
    assert row["against_trimean"] == pytest.approx(0.4)


def test_one_seed_each_has_a_difference_and_nothing_more():
    row = only(compared(OURS, runs=scores({"base": {0: 0.5}, "ours": {3: 0.25}})))
    assert [row[k] for k in SEEDS] == [1, -0.25, None, None, None, None, -0.5, "n too small"]


def test_ties():
    same = {0: 0.5, 1: 0.5, 2: 0.5}
    row = only(compared(OURS, runs=scores({"base": same, "ours": same})))
    assert [row[k] for k in SEEDS] == [3, 0.0, None, None, 1.0, 1.0, 0.0, "constant"]


@pytest.mark.parametrize("level", [0.0, -0.4])
def test_no_share_of_nothing(level):
    row = only(compared(OURS, runs=scores({"base": {0: level}, "ours": {0: 0.5}})))
    assert (row["relative"], row["difference"]) == (None, 0.5 - level)


def test_a_pair_of_two_families_is_computed_once_and_corrected_in_each():
    families = {"baseline": [OURS, OTHER], "parts": [OURS._replace(title="a part")]}
    table = contrasts(scores(), NO_ITEMS, families, seed=1)
    assert table["family"].to_list() == ["baseline", "baseline", "parts"]
    one, two = table.filter(variant="ours").to_dicts()
    apart = ("family", "title", "p_holm")
    assert {k: v for k, v in one.items() if k not in apart} == {
        k: v for k, v in two.items() if k not in apart
    }
    assert (one["title"], two["title"]) == (None, "a part")
    assert (one["p_holm"], two["p_holm"]) == (pytest.approx(2 * one["p"]), two["p"])


def test_parts_and_places_are_families_of_their_own():
    everywhere = pl.concat([scores(), scores(part="valid"), scores(dataset="e")])
    table = compared(OURS, OTHER, runs=everywhere)
    assert table.height == 6
    assert table.filter(part="test", dataset="d").equals(compared(OURS, OTHER))


def test_what_did_not_run_has_no_row():
    elsewhere = scores({"ours": {0: 0.1, 1: 0.2, 2: 0.3}}, dataset="e")
    table = compared(OURS, Pair("ours", "absent"), runs=pl.concat([scores(), elsewhere]))
    assert table["dataset"].to_list() == ["d"]
    assert compared(Pair("ours", "absent")).is_empty()
    assert compared().is_empty()


def test_items():
    ours = {f"i{k:02d}": float(k % 4 > 0) for k in range(40)}
    base = {f"i{k:02d}": float(k % 2) for k in range(40)}
    row = only(compared(OURS, answers=items({"ours": ours, "base": base})))
    expected = paired_over_items(list(ours.values()), list(base.values()), seed=1)
    assert [row[k] for k in ITEMS] == [40, expected.point, expected.low, expected.high]
    assert row["item_difference"] == pytest.approx(0.25)
    assert only(compared(OURS, answers=items({"ours": ours})))["item_difference"] is None


def test_items_of_predictions_fill_what_scores_cannot_know():
    measured = {"difference": 0.1, "low": 0.05, "high": 0.15}
    given = [
        PAIRED | measured | {"metric": "accuracy"},
        PAIRED | measured | {"metric": "accuracy_knn"},
        PAIRED | measured | {"metric": "accuracy", "reference": "undeclared"},
    ]
    # The base has no neighbours, so that no run has this metric of both.
    runs = pl.concat([scores(), scores({"ours": {0: 0.5}}, metric="accuracy_knn"), scores(part="valid")])
    plain, neighbours, valid = compared(OURS, runs=runs, paired=pl.DataFrame(given)).to_dicts()
    assert [plain[k] for k in ITEMS] == [neighbours[k] for k in ITEMS] == [40, 0.1, 0.05, 0.15]
    assert {k: plain[k] for k in SEEDS} == {k: only(compared(OURS))[k] for k in SEEDS}
    assert [neighbours[k] for k in (*SEEDS, "against_trimean")] == [None] * 9
    assert [neighbours[k] for k in ("study", "part", "metric", "unit")] == [
        "s",
        "test",
        "accuracy_knn",
        KEY["unit"],
    ]
    assert [valid[k] for k in ITEMS] == [None] * 4
    empty = pl.DataFrame(given).clear()
    assert compared(OURS, paired=empty).equals(compared(OURS))


def test_awkward_input_is_named():
    with pytest.raises(
        ValueError, match=r"'ours' minus 'base' on s / d / p / test / accuracy.*: 2 items and 2, 1 shared"
    ):
        compared(OURS, answers=items({"base": {"a": 1.0, "b": 0.0}, "ours": {"a": 1.0, "c": 0.0}}))
    with pytest.raises(ValueError, match="no seed is shared"):
        compared(OURS, runs=scores({"base": {0: 1.0, 1: 2.0}, "ours": {2: 1.0, 3: 2.0}}))
    with pytest.raises(ValueError, match="family 'family' compares 'ours' with 'base' twice"):
        compared(OURS, OURS._replace(title="again"))
    with pytest.raises(ValueError, match="a system with itself"):
        compared(Pair("ours", "ours"))
    with pytest.raises(ValueError, match="several units"):
        compared(OURS, runs=pl.concat([scores(), scores({"x": {0: 1.0}}, unit="percent")]))


@pytest.mark.parametrize("study", ["precursors", "transfer", "molecules"])
def test_a_record_by_the_long_way(study):
    """Every cell of a record, found by filters instead of joins."""
    folder = RECORD / study
    runs, answers = pl.read_parquet(folder / "scores.parquet"), pl.read_parquet(folder / "items.parquet")
    counts = runs.group_by("variant").len().sort("len", "variant", descending=[True, False])["variant"]
    first, second, *others = counts
    pairs = [Pair(first, second), *(Pair(variant, first) for variant in others[:3])]
    table = contrasts(runs, answers, {"family": pairs}, seed=5, resamples=200)
    assert table.height
    question = ["dataset", "split", "part", "metric"]
    for row in table.to_dicts():
        here = {key: row[key] for key in question}
        ours, theirs = (
            dict(runs.filter(variant=row[side], **here).select("seed", "value").iter_rows())
            for side in ("variant", "against")
        )
        seeds = sorted(ours.keys() & theirs.keys())
        if len(ours) == 1 or len(theirs) == 1:
            seeds = sorted(max(ours, theirs, key=len))
        values, reference = (
            [side.get(seed, next(iter(side.values()))) for seed in seeds] for side in (ours, theirs)
        )
        expected = compare(values, reference, seed=5, resamples=200)
        assert [row[k] for k in ("n", "difference", "low", "high", "p", "note")] == list(expected)
        mine, its = (answers.filter(variant=row[side], **here).sort("id") for side in ("variant", "against"))
        assert row["n_items"] == (mine.height if mine.height and its.height else None)
        if row["n_items"]:
            over_items = paired_over_items(mine["value"], its["value"], seed=5)
            assert [row[k] for k in ITEMS[1:]] == [over_items.point, over_items.low, over_items.high]
