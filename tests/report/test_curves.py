"""The axes of curves: which ticks of a logarithmic one bear a number, and what limits hold."""

import polars as pl
import pytest

from retort.report import style
from retort.report.curves import apart, by_labels, settle


@pytest.fixture
def ax():
    """An empty panel in the paper's style."""
    fig, ax = style.figure()
    yield ax
    style.plt.close(fig)


def test_ticks_that_would_run_into_each_other_bear_no_number():
    assert apart([10, 15, 30, 100], 2.0) == {15, 30, 100}
    assert apart([10, 15, 30, 100], 4.0) == {15, 100}
    assert apart([], 2.0) == set()


def test_an_axis_of_labels_holds_its_ticks_and_names_those_that_are_apart(ax):
    ax.plot([106, 159], [1, 2])  # a little beside its numbers, to the right
    by_labels(ax, [150, 100, 150, 110], close=1.2)
    low, high = ax.get_xlim()
    assert ax.get_xscale() == "log"
    assert low <= 100 < 159 <= high
    assert list(ax.get_xticks()) == [100, 110, 150]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["", "110", "150"]
    assert not len(ax.get_xticks(minor=True))


def test_an_axis_of_no_labels_has_no_tick(ax):
    by_labels(ax, [], close=2)
    assert not len(ax.get_xticks())


@pytest.mark.parametrize("steps", [[0, 3, 4, 5, 100], [0]])
def test_limits_leave_out_the_steep_start_unless_nothing_else_is_there(ax, steps):
    values = [float(100 - step) for step in steps]
    settle(ax, pl.DataFrame({"step": steps, "q1": values, "q3": values}))
    # Of 100 steps those after the fourth count, from 95 down to 0; a single step has a margin of its own value.
    assert ax.get_ylim() == pytest.approx((-5.7, 106.4) if len(steps) > 1 else (94, 112))
    assert ax.get_xlim()[0] == 0
