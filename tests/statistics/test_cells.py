"""Replicates and items of every system, and how two systems pair."""

import numpy as np
import polars as pl
import pytest

from retort.statistics.cells import Question, families, gather, level, paired
from retort.statistics.components import one_way, over_items, two_way
from retort.statistics.influence import OVER_ITEMS
from tests.statistics.results import METRICS, NO_ITEMS, answered, cells, scores

DRAW = np.random.default_rng(7)
HERE = Question("s", "d", "p", "test", "mae", "target")
FAMILY = {("d", f"p-{draw}"): "p" for draw in range(5)}


def cell(answers, variant="ours", question=HERE, family=None, metrics=("mae",)):
    return cells(*answered(answers, metrics), family).of[question][variant]


def difference(ours, theirs):
    return paired(ours, theirs, ("ours", "theirs"), lambda: "here")


def test_a_cell_holds_replicates_and_the_influence_of_items():
    values = DRAW.exponential(size=(3, 20))
    given = {"ours": {seed: values[seed] for seed in (2, 0, 1)}}
    for metric, statistic in (("mae", "mean"), ("rmse", "root_mean_square"), ("trimean", "trimean")):
        here = HERE._replace(metric=metric)
        found = cell(given, question=here, metrics=("mae", "rmse", "trimean"))
        expected = OVER_ITEMS[statistic](values.astype(np.float32))
        assert found.seeds.tolist() == [0, 1, 2]
        assert found.values == pytest.approx(expected.value, rel=1e-6)
        assert found.influence == pytest.approx(expected.influence, abs=1e-6)
        assert level(found).se == pytest.approx(two_way(expected.pseudo_values).se)


def test_draws_of_a_family_are_one_cell_and_their_means_are_the_replicates():
    answers = {("p-0", 0): [1, 2, 3], ("p-0", 1): [2, 3, 4], ("p-1", 2): [3, 4, 6], ("p-1", 3): [4, 5, 9]}
    answers |= {("p-2", 4): [3, 2, 1], ("p-2", 5): [4, 2, 2]}
    found = cell({"ours": answers}, family=FAMILY)
    assert found.drawn
    assert found.splits.tolist() == ["p-0", "p-0", "p-1", "p-1", "p-2", "p-2"]
    means = np.array([[1.5, 2.5, 3.5], [3.5, 4.5, 7.5], [3.5, 2, 1.5]])
    expected = two_way(means)
    assert level(found)[:5] == pytest.approx(expected[:5])
    assert (level(found).n, level(found).n_items) == (6, 3)
    assert found.mean == pytest.approx(means.mean())


def test_two_draws_are_too_few_whatever_seeds_they_have():
    answers = {(f"p-{draw}", seed): [1, 2 + seed] for draw in range(2) for seed in (2 * draw, 2 * draw + 1)}
    found = level(cell({"ours": answers}, family=FAMILY))
    assert (found.n, found.se, found.note) == (4, None, "n too small")


def test_other_items_in_each_draw_leave_the_replicates():
    answers = {(f"p-{d}", d): {f"x{d}": 1.0 + d, "y": 2.0} for d in range(3)}
    found = cell({"ours": answers}, family=FAMILY)
    assert found.influence is None
    assert level(found) == one_way([1.5, 2.0, 2.5])


def test_one_run_has_an_interval_over_items():
    values = DRAW.exponential(size=30)
    found = level(cell({"ours": {0: values}}))
    assert found.note == "items only"
    assert found.se == pytest.approx(over_items(values).se, rel=1e-5)
    assert level(cells(scores({"ours": {0: 0.5}})).of[HERE]["ours"]).note == "n too small"


def test_seeds_pair_by_number():
    values, other = DRAW.exponential(size=(4, 20)), DRAW.exponential(size=(4, 20))
    found = difference(
        cell({"ours": dict(enumerate(values))}),
        cell({"ours": {seed: other[seed - 1] for seed in (1, 2, 3, 4)}}),
    )
    expected = two_way((values[1:] - other[:3]).astype(float))
    assert found.n == 3
    assert found.level().se == pytest.approx(expected.se, rel=1e-5)
    assert found.level().df == pytest.approx(expected.df, rel=1e-3)


def test_one_run_pairs_with_every_seed_and_says_so():
    values, fixed = DRAW.exponential(size=(4, 20)), DRAW.exponential(size=20)
    seeded, single = cell({"ours": dict(enumerate(values))}), cell({"ours": {0: fixed}})
    found, back = difference(seeded, single).level(), difference(single, seeded).level()
    assert found.se == pytest.approx(two_way(values - fixed).se, rel=1e-5)
    assert (found.n, found.note, back.note) == (4, "one run of theirs", "one run of ours")
    assert (back.value, back.se) == pytest.approx((-found.value, found.se))
    both = difference(single, cell({"ours": {3: values[0]}})).level()
    assert (both.n, both.note) == (1, "items only")
    assert both.se == pytest.approx(over_items(fixed - values[0]).se, rel=1e-5)


def test_draws_pair_by_draw_and_seeds_within_them_are_averaged():
    ours = {(f"p-{d}", 2 * d + s): DRAW.exponential(size=9) for d in range(3) for s in range(2)}
    theirs = {(f"p-{d}", d): DRAW.exponential(size=9) for d in range(4)}
    found = difference(cell({"ours": ours}, family=FAMILY), cell({"ours": theirs}, family=FAMILY))
    rows = [(ours[f"p-{d}", 2 * d] + ours[f"p-{d}", 2 * d + 1]) / 2 - theirs[f"p-{d}", d] for d in range(3)]
    assert found.n == 6
    assert found.level().se == pytest.approx(two_way(np.array(rows)).se, rel=1e-5)
    assert found.level().note == ""


def test_one_shared_draw_of_several_has_no_interval():
    ours = {(f"p-{d}", d): DRAW.exponential(size=9) for d in range(3)}
    theirs = {("p-0", seed): DRAW.exponential(size=9) for seed in range(3)}
    found = difference(cell({"ours": ours}, family=FAMILY), cell({"ours": theirs}, family=FAMILY)).level()
    expected = ours["p-0", 0].mean() - np.mean(list(theirs.values()))
    assert found.value == pytest.approx(expected, abs=1e-5)
    assert (found.n, found.se, found.note) == (3, None, "n too small")


def test_errors_in_logarithms():
    found = cells(*answered({"ours": {0: [1, 0, 1, 1], 1: [1, 0, 0, 1]}}, ("success",)))
    (here,) = found.of
    errors = found.log_error(here, found.of[here]["ours"])
    assert errors.values == pytest.approx(np.log([0.25, 0.5]))
    assert errors.influence[0] == pytest.approx([-1, 3, -1, -1])
    assert errors.influence.mean(axis=1) == pytest.approx([0, 0])
    for metric, unit, value in (
        ("score", "nats", 0.5),
        ("count", "labels", 3),
        ("accuracy", "fraction", 1.0),
    ):
        none = cells(scores({"ours": {0: value}}, metric=metric, unit=unit))
        (here,) = none.of
        assert none.log_error(here, none.of[here]["ours"]) is None


def test_families_of_the_table_of_places():
    table = pl.DataFrame({"dataset": ["d", "d"], "split": ["p", "q"], "splits": [["p-0", "p-1"], ["q"]]})
    assert families(table) == {("d", "p-0"): "p", ("d", "p-1"): "p", ("d", "q"): "q"}


def test_order_of_rows_and_other_cells_change_nothing():
    values = DRAW.exponential(size=(3, 12))
    table, items = answered({"ours": dict(enumerate(values))})
    more = answered({"ours": {0: {"a": 1.0, "zz": 2.0}}}, part="valid")
    both = cells(
        pl.concat([more[0], table]).sample(fraction=1, shuffle=True, seed=3),
        pl.concat([more[1], items]).sample(fraction=1, shuffle=True, seed=4),
    )
    assert level(both.of[HERE]["ours"]) == level(cells(table, items).of[HERE]["ours"])


def test_awkward_input_is_named():
    table, items = answered({"ours": {0: [1, 2, 3], 1: [1, 2, 4]}})
    with pytest.raises(ValueError, match="more than one value for an id"):
        cells(table, pl.concat([items, items]))
    with pytest.raises(ValueError, match="1 of 2 runs have items"):
        cells(table, items.filter(pl.col("seed") == 0))
    with pytest.raises(ValueError, match="a score of 3, but its items make 2"):
        cells(table.with_columns(value=pl.lit(3.0)), items)
    with pytest.raises(ValueError, match="no replicate is shared"):
        difference(cell({"ours": {0: [1, 2], 1: [2, 3]}}), cell({"ours": {2: [1, 2], 3: [2, 3]}}))
    with pytest.raises(ValueError, match="the same test items, 2 here and 2 there"):
        difference(
            cell({"ours": {0: {"a": 1, "b": 2}}}),
            cells(*answered({"x": {0: {"a": 1, "c": 2}}, "ours": {0: {"b": 1, "c": 2}}})).of[HERE]["ours"],
        )
    with pytest.raises(ValueError, match="more than one value for a run"):
        cells(pl.concat([table, table]))
    with pytest.raises(ValueError, match="'variant': 'ours'"):
        cells(scores({"ours": {0: float("nan")}}))
    with pytest.raises(ValueError, match="several units"):
        cells(pl.concat([table, scores({"x": {0: 1.0}}, unit="eV")]))
    with pytest.raises(ValueError, match="empty"):
        gather(table.clear(), NO_ITEMS, METRICS, {})
    with pytest.raises(ValueError, match="lack the column"):
        cells(table.drop("unit"))
