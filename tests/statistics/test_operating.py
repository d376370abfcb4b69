"""The judge judged: coverage and wrong verdicts within what is demanded, and what counts as wrong."""

import polars as pl
import pytest

from retort.statistics.operating import DESIGNS, OPERATING_SCHEMA, REPLICATES, operate, wrong
from tests.statistics.results import only

CASES = 400


@pytest.fixture(scope="module")
def table():
    return operate(seed=7, cases=CASES)


def test_every_design_with_every_number_of_replicates(table):
    assert table.schema == OPERATING_SCHEMA
    cells = table.select("design", "n").unique(maintain_order=True).rows()
    assert cells == [(design, n) for design in DESIGNS for n in REPLICATES]
    assert (table["cases"] == CASES).all()
    per_truth = table.filter(pl.col("kind") != "coverage").group_by("design", "n", "kind", "truth")
    assert per_truth.agg(pl.col("rate").sum())["rate"].to_list() == pytest.approx([1.0] * len(cells) * 9)


def test_shares_of_the_replicates_span_a_fifth_to_four_fifths(table):
    shares = {
        name: only(table.select("design", "n", "share").unique(), design=name, n=n)["share"]
        for name, n in (("precursors", 5), ("transfer", 3), ("molecules", 3))
    }
    assert shares == pytest.approx({"precursors": 0.2, "transfer": 0.5, "molecules": 0.8}, abs=0.12)


def test_intervals_cover(table):
    """93-97 % with 2,000 cases; 400 have a standard error of 1.1 %."""
    at_95 = table.filter(pl.col("truth") > 0.92, kind="coverage")["rate"]
    assert at_95.len() == 9
    assert at_95.is_between(0.93 - 0.022, 0.97 + 0.022).all()
    assert 0.94 < at_95.mean() < 0.965


def test_wrong_verdicts_are_rare(table):
    """At most 5 % each, where 400 cases have a standard error of 1.1 %."""
    assert table.filter("wrong")["rate"].max() < 0.05 + 0.025


def test_the_rule_decides_where_the_truth_is_far_or_at_the_value(table):
    here = table.filter(design="transfer", n=10, kind="value")
    assert only(here, truth=0.0, verdict="reproduced")["rate"] > 0.8
    assert only(here, truth=2.0, verdict="different")["rate"] > 0.8


def test_the_same_seed_gives_the_same_table(table):
    assert operate(seed=7, cases=5).equals(operate(seed=7, cases=5))
    assert not operate(seed=8, cases=5).equals(operate(seed=7, cases=5))


@pytest.mark.parametrize(
    ("verdict", "right", "false"),
    [
        ("reproduced", [0.0, 0.5], [1.0, 2.0]),
        ("different", [1.5, -2.0], [0.0, 0.5, 1.0]),
        ("supported", [2.0], [1.0, 0.0, -1.0]),
        ("supported, small", [1.0, 2.0], [0.0, -1.0]),
        ("negligible", [0.0], [1.0, -1.0]),
        ("reversed", [-1.0], [0.0, 1.0]),
        ("undecided", [-1.0, 0.0, 1.0, 2.0], []),
    ],
)
def test_what_is_wrong(verdict, right, false):
    assert not any(wrong(verdict, truth) for truth in right)
    assert all(wrong(verdict, truth) for truth in false)
