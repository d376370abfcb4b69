"""Means in bins along a property of the items."""

import numpy as np
import pytest

from retort.report.binned import means_in_bins
from retort.statistics.components import over_items


def test_bins_hold_about_equal_numbers_in_order():
    position = np.random.default_rng(0).permutation(103) / 10
    table = means_in_bins(position, position > 5, bins=8)
    assert table["n"].sum() == 103
    assert table["n"].max() - table["n"].min() <= 1
    assert table["median"].is_sorted()
    assert (table["last"][:-1] < table["first"][1:]).all()
    assert table["first"][0] == 0.0
    assert table["last"][-1] == 10.2


def test_the_mean_of_a_bin_has_the_interval_over_its_items():
    position, values = np.arange(40), np.tile([0.0, 1.0, 1.0, 0.5], 10)
    table = means_in_bins(position, values, bins=2)
    expected = over_items(values[:20])
    assert table.select("mean", "low", "high").row(0) == expected[:3]
    assert table["n"].to_list() == [20, 20]


def test_many_items_at_one_position_share_a_bin():
    table = means_in_bins([1.0] * 30 + [2.0], [1.0] * 31, bins=8)
    assert table["n"].sum() == 31
    assert table["n"].max() >= 30
    assert table["low"].null_count() == table.height  # all solved: no spread, no interval


@pytest.mark.parametrize(
    ("position", "values", "said"),
    [([1.0, 2.0], [1.0], "one position"), ([1.0, np.nan], [1.0, 0.0], "position"), ([], [], "position")],
)
def test_what_cannot_be_binned_is_refused(position, values, said):
    with pytest.raises(ValueError, match=said):
        means_in_bins(position, values, bins=2)
