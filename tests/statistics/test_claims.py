"""Verdicts on published claims."""

import polars as pl
import pytest

from retort.statistics.claims import CLAIMS_SCHEMA, judge, verdict
from retort.statistics.contrasts import CONTRASTS_SCHEMA
from retort.statistics.summary import SUMMARY_SCHEMA

CLAIM = {
    "id": "five",
    "statement": "82 % within five attempts",
    "source": "He2023",
    "study": "precursors",
    "dataset": ["ceder"],
    "split": "published",
    "variant": "selector",
    "part": "test",
    "metric": "success@5",
    "against": None,
    "relation": "equals",
    "published": 0.82,
    "unit": "fraction",
    "tolerance": 0.005,
}
DIRECTION = CLAIM | {"against": "raw", "relation": "above", "published": 0.0, "tolerance": 0.0}
KEY = {key: CLAIM[key] for key in ("study", "split", "variant", "part", "metric", "unit")} | {
    "dataset": "ceder"
}
VALUE = KEY | {"n": 5, "trimean": 0.812, "low": 0.81, "high": 0.814, "item_low": 0.797, "item_high": 0.826}
GAIN = KEY | {
    "family": "baseline", "against": "raw", "n": 3, "difference": 0.02, "low": 0.01, "high": 0.03,
    "item_low": -0.001, "item_high": 0.04,
}  # fmt: skip


def held(*claims, value=None, gain=None, **how):
    summary = pl.DataFrame([VALUE | (value or {})], schema=SUMMARY_SCHEMA)
    contrasts = pl.DataFrame([GAIN | (gain or {})], schema=CONTRASTS_SCHEMA)
    return judge(list(claims), summary, contrasts, **how)


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
    judged = held(CLAIM)
    assert judged.schema == CLAIMS_SCHEMA
    one = judged.row(0, named=True)
    assert [one[key] for key in ("ours", "low", "high", "n", "against")] == [0.812, 0.797, 0.826, 5, None]
    assert one["verdict"] == "reproduced"
    alone = held(CLAIM, value={"item_low": None, "item_high": None}).row(0, named=True)
    assert (alone["low"], alone["high"], alone["verdict"]) == (0.81, 0.814, "not reproduced")


def test_a_difference_is_looked_up_in_the_contrasts():
    one = held(DIRECTION).row(0, named=True)
    assert [one[key] for key in ("against", "ours", "low", "high", "n")] == ["raw", 0.02, -0.001, 0.04, 3]
    assert one["verdict"] == "not reproduced"  # items leave it open
    assert held(DIRECTION, gain={"item_low": 0.001})["verdict"].item() == "reproduced"
    assert (
        held(DIRECTION | {"relation": "below"}, gain={"item_low": 0.001})["verdict"].item() == "contradicted"
    )


def test_a_pair_of_two_families_speaks_once():
    twice = pl.DataFrame([GAIN, GAIN | {"family": "parts", "p_holm": 1.0}], schema=CONTRASTS_SCHEMA)
    judged = judge([DIRECTION], pl.DataFrame([VALUE], schema=SUMMARY_SCHEMA), twice)
    assert (judged.height, judged["ours"].item()) == (1, 0.02)


def test_the_first_data_set_that_is_there_speaks():
    judged = held(CLAIM | {"dataset": ["larger", "ceder"]}, CLAIM | {"dataset": ["larger", "largest"]})
    assert judged["dataset"].to_list() == ["ceder", "larger"]
    assert judged["verdict"].to_list() == ["reproduced", "not tested at this scale"]


def test_not_tested():
    elsewhere = [
        CLAIM | {"dataset": ["generated"]},
        CLAIM | {"variant": "absent"},
        DIRECTION | {"against": "absent"},
    ]
    assert held(*elsewhere)["verdict"].to_list() == ["not tested at this scale"] * 3
    # A contrast over items alone, as of a metric that a single run does not have.
    assert held(DIRECTION, gain={"difference": None})["verdict"].item() == "not tested at this scale"
    assert held(CLAIM, DIRECTION, generated=True)["verdict"].to_list() == ["not tested at this scale"] * 2
    assert held().is_empty()


def test_another_unit_is_named():
    with pytest.raises(ValueError, match="claim 'five': unit 'percent', but the results have 'fraction'"):
        held(CLAIM | {"unit": "percent"})
