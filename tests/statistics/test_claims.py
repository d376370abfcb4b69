"""Verdicts on published claims."""

import polars as pl
import pytest

from retort.statistics.claims import CLAIMS_SCHEMA, judge, verdict
from retort.statistics.summary import SUMMARY_SCHEMA

CLAIM = {
    "id": "five",
    "statement": "82 % within five attempts",
    "source": "He2023",
    "study": "precursors",
    "dataset": "ceder",
    "split": "published",
    "variant": "selector",
    "part": "test",
    "metric": "success@5",
    "relation": "equals",
    "published": 0.82,
    "unit": "fraction",
    "tolerance": 0.005,
}
ROW = {key: CLAIM[key] for key in ("study", "dataset", "split", "variant", "part", "metric", "unit")} | {
    "n": 5, "trimean": 0.812, "low": 0.81, "high": 0.814, "item_low": 0.797, "item_high": 0.826,
    "difference": 0.02, "difference_low": 0.01, "difference_high": 0.03,
    "item_difference_low": -0.001, "item_difference_high": 0.04,
}  # fmt: skip


def summary(**change):
    return pl.DataFrame([ROW | change], schema=SUMMARY_SCHEMA)


@pytest.mark.parametrize(
    ("relation", "published", "tolerance", "low", "high", "expected"),
    [
        ("equals", 0.82, 0.0, 0.81, 0.83, "reproduced"),
        ("equals", 0.82, 0.0, 0.80, 0.81, "not reproduced"),
        ("equals", 0.82, 0.01, 0.80, 0.81, "reproduced"),
        ("above", 0.0, 0.0, 0.01, 0.02, "reproduced"),
        ("above", 0.0, 0.0, -0.01, 0.02, "not reproduced"),
        ("above", 0.0, 0.0, -0.02, -0.01, "contradicted"),
        ("above", 0.0, 0.015, -0.01, 0.02, "reproduced"),
        ("below", 0.0, 0.0, -0.02, -0.01, "reproduced"),
        ("below", 0.0, 0.0, 0.01, 0.02, "contradicted"),
        ("equals", 0.82, 0.005, None, None, "reproduced"),
        ("above", 0.0, 0.0, None, None, "not reproduced"),
    ],
)
def test_rule(relation, published, tolerance, low, high, expected):
    point = 0.82 if low is None else (low + high) / 2
    assert verdict(relation, published, tolerance, point, low, high) == expected


def test_interval_is_the_hull_of_seeds_and_items():
    judged = judge([CLAIM], summary())
    assert judged.schema == CLAIMS_SCHEMA
    one = judged.row(0, named=True)
    assert (one["ours"], one["low"], one["high"], one["n"], one["verdict"]) == (
        0.812,
        0.797,
        0.826,
        5,
        "reproduced",
    )
    alone = judge([CLAIM], summary(item_low=None, item_high=None)).row(0, named=True)
    assert (alone["low"], alone["high"], alone["verdict"]) == (0.81, 0.814, "not reproduced")


def test_difference_to_the_baseline():
    claim = CLAIM | {"column": "difference", "relation": "above", "published": 0.0, "tolerance": 0.0}
    assert judge([claim], summary())["verdict"].item() == "not reproduced"  # items leave it open
    assert judge([claim], summary(item_difference_low=0.001))["verdict"].item() == "reproduced"


def test_not_tested():
    claims = [CLAIM | {"dataset": "generated"}, CLAIM | {"id": "two", "variant": "absent"}]
    assert judge(claims, summary())["verdict"].to_list() == ["not tested at this scale"] * 2
    baseline = CLAIM | {"column": "difference", "relation": "above"}
    assert judge([baseline], summary(difference=None))["verdict"].item() == "not tested at this scale"
    assert judge([CLAIM], summary(), generated=True)["verdict"].item() == "not tested at this scale"
    assert judge([], summary()).is_empty()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"relation": "equal"}, "relation 'equal'"),
        ({"column": "median"}, "column 'median'"),
        ({"unit": "percent"}, "unit 'percent'"),
        ({"publshed": 1}, r"unknown .*publshed"),
    ],
)
def test_mistakes_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        judge([CLAIM | change], summary())


def test_missing_key_and_repeated_id():
    with pytest.raises(ValueError, match=r"missing .*published"):
        judge([{key: value for key, value in CLAIM.items() if key != "published"}], summary())
    with pytest.raises(ValueError, match="more than once"):
        judge([CLAIM, CLAIM], summary())
