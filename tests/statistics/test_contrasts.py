"""Contrasts: by hand on a small grid, pairing, families, gains, and awkward input."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from retort.statistics.components import one_way, two_way
from retort.statistics.contrasts import CONTRASTS_SCHEMA, Pair, contrasts
from retort.statistics.influence import trimean
from tests.statistics.results import answered, cells, only, scores
from tests.statistics.test_summary import RUNS

OURS = Pair("ours", "base")
OTHER = Pair("other", "base")
DRAW = np.random.default_rng(3)


def compared(*pairs, table=None, of=None):
    found = contrasts(of or cells(scores(RUNS) if table is None else table), {"family": pairs})
    assert found.schema == CONTRASTS_SCHEMA
    return found


def test_one_run_pairs_with_every_seed():
    row = only(compared(OURS))
    expected = one_way(np.array(list(RUNS["ours"].values())) - 0.4)
    assert [row[k] for k in ("n", "n_items")] == [5, None]
    for name in ("low", "high", "se", "df", "p"):
        assert row[name] == pytest.approx(getattr(expected, name))
    assert row["difference"] == pytest.approx(0.3)
    assert row["p"] == pytest.approx(stats.ttest_1samp(np.array(list(RUNS["ours"].values())), 0.4).pvalue)
    assert row["relative"] == pytest.approx(0.3 / 0.4)
    assert (row["against_mean"], row["unit"], row["title"]) == (0.4, "target", None)
    assert row["note"] == "replicates only; one run of base"
    back = only(compared(Pair("base", "ours")))
    assert (back["n"], back["difference"], back["gain"]) == (
        5,
        pytest.approx(-row["difference"]),
        pytest.approx(-row["gain"]),
    )


def test_gains_are_of_pairs_and_up_is_good():
    values = DRAW.exponential(size=(2, 3, 40)) * np.array([2.0, 1.0])[:, None, None]
    answers = {"base": dict(enumerate(values[0])), "ours": dict(enumerate(values[1]))}
    table = compared(OURS, of=cells(*answered(answers, ("mae", "trimean"))))
    row, means = only(table, metric="mae"), values.mean(axis=2)
    g = np.log(means[0]) - np.log(means[1])
    pseudo = g[:, None] + values[0] / means[0][:, None] - values[1] / means[1][:, None]
    assert [row[k] for k in ("gain", "gain_se", "gain_df")] == pytest.approx(
        [g.mean(), two_way(pseudo).se, two_way(pseudo).df], rel=1e-3
    )
    assert row["gain"] > 0 > row["difference"]
    assert row["n_items"] == 40
    robust, (top, ours) = only(table, metric="trimean"), map(trimean, values)
    assert robust["gain"] == pytest.approx(np.mean(np.log(top.value) - np.log(ours.value)), rel=1e-5)
    assert robust["gain_low"] < robust["gain"] < robust["gain_high"]


def test_gains_of_fractions_are_of_what_is_missing_and_others_have_none():
    runs = {"base": {0: 0.5, 1: 0.5, 2: 0.5}, "ours": {0: 0.75, 1: 0.75, 2: 0.8}}
    row = only(compared(OURS, table=scores(runs, metric="accuracy", unit="fraction")))
    assert row["gain"] == pytest.approx((2 * np.log(2) + np.log(2.5)) / 3)
    for metric, unit in (("score", "nats"), ("count", "labels")):
        assert only(compared(OURS, table=scores(runs, metric=metric, unit=unit)))["gain"] is None
    perfect = {"base": {0: 0.5}, "ours": {0: 1.0}}
    assert only(compared(OURS, table=scores(perfect, metric="accuracy", unit="fraction")))["gain"] is None


def test_seeds_pair_by_number_and_those_of_one_alone_are_left_out():
    row = only(compared(Pair("ours", "other"), table=scores(RUNS).reverse()))
    assert (row["n"], row["difference"]) == (3, pytest.approx(np.mean([0.2, 0.2, 0.3])))
    # The share is of all runs of the other system.
    assert row["against_mean"] == pytest.approx(0.4)


def test_one_seed_each_has_a_difference_and_nothing_more():
    row = only(compared(OURS, table=scores({"base": {0: 0.5}, "ours": {3: 0.25}})))
    keys = ("n", "difference", "low", "high", "se", "p", "p_holm", "relative", "note")
    assert [row[k] for k in keys] == [1, -0.25, None, None, None, None, None, -0.5, "n too small"]
    assert (row["gain"], row["gain_low"]) == (pytest.approx(np.log(2)), None)


def test_ties():
    same = {0: 0.5, 1: 0.5, 2: 0.5}
    row = only(compared(OURS, table=scores({"base": same, "ours": same})))
    assert [row[k] for k in ("n", "difference", "low", "p", "note")] == [3, 0.0, None, None, "constant"]


@pytest.mark.parametrize("level", [0.0, -0.4])
def test_no_share_of_nothing(level):
    row = only(compared(OURS, table=scores({"base": {0: level}, "ours": {0: 0.5}}, metric="score")))
    assert (row["relative"], row["difference"]) == (None, 0.5 - level)


def test_a_pair_of_two_families_is_computed_once_and_corrected_in_each():
    families = {"baseline": [OURS, OTHER], "parts": [OURS._replace(title="a part")]}
    table = contrasts(cells(scores(RUNS)), families)
    assert table["family"].to_list() == ["baseline", "baseline", "parts"]
    one, two = table.filter(variant="ours").to_dicts()
    apart = ("family", "title", "p_holm")
    assert {k: v for k, v in one.items() if k not in apart} == {
        k: v for k, v in two.items() if k not in apart
    }
    assert (one["title"], two["title"]) == (None, "a part")
    assert (one["p_holm"], two["p_holm"]) == (pytest.approx(2 * one["p"]), two["p"])


def test_parts_and_places_are_families_of_their_own():
    everywhere = pl.concat([scores(RUNS), scores(RUNS, part="valid"), scores(RUNS, dataset="e")])
    table = compared(OURS, OTHER, table=everywhere)
    assert table.height == 6
    assert table.filter(part="test", dataset="d").equals(compared(OURS, OTHER))


def test_what_did_not_run_has_no_row():
    table = compared(OURS, Pair("ours", "absent"))
    assert table["against"].to_list() == ["base"]
    assert compared(Pair("ours", "absent")).is_empty()
    assert compared().is_empty()


def test_awkward_input_is_named():
    with pytest.raises(
        ValueError,
        match=r"'ours' minus 'base' on s / d / p / test / mae / target: systems must answer the same",
    ):
        compared(
            OURS,
            of=cells(*answered({"base": {0: {"a": 1.0, "b": 0.0}}, "ours": {0: {"a": 1.0, "c": 0.0}}})),
        )
    with pytest.raises(ValueError, match="no replicate is shared"):
        compared(OURS, table=scores({"base": {0: 1.0, 1: 2.0}, "ours": {2: 1.0, 3: 2.0}}))
    with pytest.raises(ValueError, match="family 'family' compares 'ours' with 'base' twice"):
        compared(OURS, OURS._replace(title="again"))
    with pytest.raises(ValueError, match="a system with itself"):
        compared(Pair("ours", "ours"))
