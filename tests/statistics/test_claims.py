"""Claims held against results: what is looked up, both controls, Holm, premises, what a changed number changes."""

import math

import polars as pl
import pytest

from retort.layout import PLACES_SCHEMA
from retort.statistics.claims import (
    CLAIMS_SCHEMA,
    NOT_RUN,
    UNTESTABLE,
    changed_margins,
    changed_verdicts,
    judge,
    margins_digest,
    unacknowledged,
)
from retort.statistics.contrasts import CONTRASTS_SCHEMA
from retort.statistics.gains import GAINS_SCHEMA
from retort.statistics.summary import SUMMARY_SCHEMA

AT = {"dataset": "rocks", "split": "strict"}
KEYS = {"part": "test", "metric": "mae"}
PLACES = pl.DataFrame(
    [
        {
            "name": name,
            "dataset": "rocks",
            "split": split,
            "generated": False,
            "labels_train": labels,
            "rows_train": 900,
        }
        for name, split, labels in [
            ("rocks", "strict", 1000),
            ("rocks-10", "strict-10", 100),
            ("rocks-01", "strict-01", 10),
        ]
    ]
)


def claim(name="A1", **facts):
    """A claim as the configuration writes it out."""
    full = {
        **{
            "id": name,
            "document": "one",
            "source": "one",
            "study": "stones",
            "statement": "s",
            "quote": "q",
            "where": "w",
        },
        **{
            "kind": "direction",
            "estimand": "gain",
            "places": ["rocks"],
            "variant": "loan",
            "against": "control",
        },
        **{
            "fair": None,
            "part": "test",
            "metric": "mae",
            "unit": "eV",
            "better": "lower",
            "published": None,
            "spread": None,
        },
        **{
            "rounding": 0.0,
            "margin": 0.05,
            "why": "y",
            "comparable": "near",
            "requires": [],
            "headline": False,
        },
        **{"deterministic": False, "untestable": None, "table": None, "row": {}, "column": "value"},
    } | facts
    terms = {
        control: [
            {"places": full["places"], "variant": full["variant"], "against": rival, "metric": full["metric"]}
            for rival in (full[key] if isinstance(full[key], list) else [full[key]])
        ]
        for control, key in (("published", "against"), ("fair", "fair"))
        if control == "published" or full[key]
    }
    return {"terms": terms, **full}


def contrast(variant="loan", against="control", gain=0.2, se=0.02, split="strict", n=5, df=4.0, **facts):
    return {
        **AT,
        **KEYS,
        **{"split": split, "variant": variant, "against": against, "n": n, "n_items": 50},
        **{"gain": gain, "gain_se": se, "gain_df": df, "difference": -gain, "se": se, "df": df},
        **facts,
    }


def level(variant="loan", mean=0.5, se=0.01, n=5, df=4.0, **facts):
    return {
        **AT,
        **KEYS,
        "variant": variant,
        "n": n,
        "n_items": 50,
        "mean": mean,
        "se": se,
        "df": df,
        **facts,
    }


def tables(contrasts=(), levels=(), **more):
    found = {
        "places": PLACES,
        "contrasts": pl.DataFrame(list(contrasts) or [contrast("nobody")]),
        "summary": pl.DataFrame(list(levels) or [level("nobody")]),
    }
    return {"stones": found | more}


def verdicts(claims, found):
    return {(row["id"], row["control"]): row["verdict"] for row in judge(claims, found).to_dicts()}


def only(one, found):
    (row,) = judge([one], found).to_dicts()
    return row


def test_a_gain_is_judged_against_both_controls():
    found = tables([contrast(gain=0.3), contrast(against="fair", gain=0.0)])
    rows = judge([claim(fair="fair")], found)
    assert rows.columns == list(CLAIMS_SCHEMA)
    assert rows["verdict"].to_list() == ["supported", "negligible"]
    first = rows.row(0, named=True)
    assert (first["estimate"], first["n"], first["n_items"], first["place"]) == (0.3, 5, 50, "rocks")
    assert first["standard"] == pytest.approx(6.0)
    assert first["low"] < 0.3 < first["high"]


def test_a_pair_that_stands_there_the_other_way_round_is_found():
    assert only(claim(), tables([contrast("control", "loan", gain=-0.3)]))["estimate"] == 0.3


def test_a_difference_is_positive_where_the_variant_is_better():
    for better, difference in (("lower", -0.3), ("higher", 0.3)):
        row = only(claim(estimand="difference", better=better), tables([contrast(difference=difference)]))
        assert (row["estimate"], row["verdict"]) == (0.3, "supported")


def test_a_level_is_beyond_a_bound_to_the_better_side():
    for better, mean in (("lower", 0.5), ("higher", 0.9)):
        beyond = claim(estimand="level", better=better, published=0.7, margin=0.05)
        assert only(beyond, tables(levels=[level(mean=mean)]))["verdict"] == "supported"
        assert only(beyond, tables(levels=[level(mean=1.4 - mean)]))["verdict"] == "reversed"


def test_a_premise_may_be_a_bound_without_a_margin():
    bound = claim(estimand="level", better="higher", published=0.7, margin=0)
    stands = claim("B1", requires=["A1"])
    premises = {}
    for mean in (0.9, 0.5, 0.7001):
        rows = judge([bound, stands], tables([contrast()], levels=[level(mean=mean)]))
        premises[rows["verdict"][0]] = rows["premise"][1]
    assert premises == {"supported": "holds", "reversed": "fallen: A1", "undecided": "open: A1"}


def test_a_value_is_held_with_its_margin_rounding_and_spread():
    exact = {
        "kind": "value",
        "estimand": "level",
        "against": None,
        "published": 0.51,
        "margin": 0.03,
        "comparable": "exact",
    }
    assert only(claim(**exact), tables(levels=[level(se=0.005)]))["verdict"] == "reproduced"
    # As wide again, and the published value as uncertain as ours: too wide to say.
    assert only(claim(**exact | {"comparable": "near"}), tables(levels=[level()]))["verdict"] == "undecided"
    row = only(claim(**exact | {"published": 0.9}), tables(levels=[level()]))
    assert row["verdict"] == "different"
    assert row["margin_needed"] == pytest.approx(0.4 + 2.131846 * 0.01, abs=1e-6)
    row = only(claim(**exact | {"comparable": "proxy"}), tables(levels=[level()]))
    assert row["verdict"] == "not judged"
    assert "other data" in row["reason"]
    assert row["estimate"] == 0.5


def test_too_few_replicates_are_not_judged_unless_there_is_nothing_random():
    few = tables([contrast(n=2, se=None, df=None)])
    row = only(claim(), few)
    assert (row["verdict"], row["reason"]) == ("not judged", "2 of the 3 replicates that it takes")
    over_items = tables([contrast(n=1, df=500.0)])
    assert only(claim(), over_items)["verdict"] == "not judged"
    assert only(claim(deterministic=True), over_items)["verdict"] == "supported"


def test_generated_data_neither_support_nor_contradict():
    found = tables([contrast()])
    found["stones"]["places"] = PLACES.with_columns(generated=pl.lit(True))
    row = only(claim(), found)
    assert (row["verdict"], row["reason"], row["estimate"]) == ("not judged", "generated data", None)


def test_what_is_not_there_says_so():
    assert only(claim(study="later"), tables())["reason"] == "no results of later"
    row = only(claim(places=["pebbles", "rocks-10"]), tables([contrast()]))
    assert row["verdict"] == NOT_RUN
    assert row["reason"] == "no loan against control at pebbles or rocks-10"
    row = only(claim(untestable="nobody has it"), tables([contrast()]))
    assert (row["verdict"], row["reason"]) == (UNTESTABLE, "nobody has it")


def test_of_several_places_the_first_that_is_there_speaks():
    found = tables([contrast(split="strict-10", gain=0.4), contrast(gain=0.1)])
    assert only(claim(places=["rocks-50", "rocks-10", "rocks"]), found)["estimate"] == 0.4
    assert only(claim(places=["rocks/strict"]), found)["estimate"] == 0.1


def test_a_rank_stands_when_it_stands_against_every_rival():
    rank = claim(kind="rank", against=["a", "b"])
    row = only(rank, tables([contrast(against="a"), contrast(against="b", gain=0.3)]))
    assert (row["verdict"], row["estimate"], row["against"]) == ("supported", 0.2, "a, b")
    assert (
        only(rank, tables([contrast(against="a"), contrast(against="b", gain=-0.3)]))["verdict"] == "reversed"
    )
    assert only(rank, tables([contrast(against="a")]))["verdict"] == NOT_RUN


def test_several_differences_are_equal_when_each_is():
    def equal(*gains):
        names = [f"v{index}" for index in range(len(gains))]
        one = claim(kind="equal")
        terms = [one["terms"]["published"][0] | {"variant": name} for name in names]
        found = tables([contrast(name, gain=gain, se=0.005) for name, gain in zip(names, gains, strict=True)])
        return only(one | {"terms": {"published": terms}}, found)

    row = equal(0.02, -0.03, 0.0)
    # The one that lies farthest from zero is printed, whatever its sign.
    assert (row["verdict"], row["estimate"]) == ("reproduced", -0.03)
    row = equal(0.02, -0.3, 0.0)
    assert (row["verdict"], row["estimate"]) == ("different", -0.3)
    assert equal(0.3, -0.03)["estimate"] == 0.3


def test_a_trend_is_the_slope_on_the_logarithm_of_the_labels_growing_as_they_become_fewer():
    trend = claim(kind="trend", estimand="slope", places=["rocks-01", "rocks-10", "rocks"], margin=0.02)
    points = [
        contrast(split=split, gain=gain)
        for split, gain in [("strict-01", 0.5), ("strict-10", 0.3), ("strict", 0.1)]
    ]
    row = only(trend, tables(points))
    assert row["estimate"] == pytest.approx(0.2 / math.log(10))
    assert row["verdict"] == "supported"
    assert row["place"] == "rocks-01, rocks-10, rocks"
    assert only(trend, tables(points[:1]))["verdict"] == NOT_RUN


def test_a_multiplier_is_held_to_its_bound():
    gains = pl.DataFrame(
        [
            {**AT, "variant": "loan", "against": "control", "metric": "mae", "n": 5, "df": 8.0}
            | {"multiplier": 6.0, "multiplier_low": 5.0, "multiplier_high": 7.2, "multiplier_note": None}
        ]
    )
    times = claim(estimand="multiplier", published=math.log(4), unit=None)
    row = only(times, tables(gains=gains))
    assert row["verdict"] == "supported"
    assert math.exp(row["low"]) == pytest.approx(5.0, rel=0.01)
    bound = gains.with_columns(multiplier_note=pl.lit("at least"))
    assert only(times, tables(gains=bound))["verdict"] == "not judged"


def test_counts_and_replicates_come_from_the_table_that_is_named():
    counted = claim(
        kind="count",
        estimand="number",
        against=None,
        table="places",
        row={"name": "rocks"},
        column="rows_train",
    )
    row = only(counted | {"published": 900, "margin": 0}, tables())
    assert (row["verdict"], row["unit"], row["estimate"]) == ("reproduced", None, 900)
    assert only(counted | {"published": 901, "margin": 0}, tables())["verdict"] == "different"
    assert (
        only(counted | {"published": 900, "margin": 0, "row": {"name": "sand"}}, tables())["verdict"]
        == NOT_RUN
    )
    alike = pl.DataFrame({"measure": ["cka"] * 4, "value": [0.97, 0.98, 0.99, 0.98]})
    above = claim(
        estimand="number", against=None, table="details/alike", row={"measure": "cka"}, published=0.9
    )
    row = only(above, tables(**{"details/alike": alike}))
    assert (row["verdict"], row["n"]) == ("supported", 4)
    sure = pl.DataFrame({"measure": ["cka"], "value": [0.97], "se": [0.05], "df": [4.0], "n": [5]})
    row = only(above, tables(**{"details/alike": sure}))
    assert (row["verdict"], row["n"], row["se"]) == ("undecided", 5, 0.05)


def test_holm_counts_a_source_and_its_verdicts_are_taken_after_it():
    found = [contrast(variant=f"v{index}", gain=0.115, se=0.02) for index in range(10)]
    alone = only(claim(variant="v0"), tables(found))
    assert alone["verdict"] == "supported"
    together = judge([claim(f"A{index}", variant=f"v{index}") for index in range(10)], tables(found)).row(
        0, named=True
    )
    assert together["verdict_raw"] == "supported"
    assert together["verdict"] == "supported, small"
    assert together["p_holm"] == pytest.approx(10 * together["p"])
    # Another source is another family.
    apart = [claim(f"A{index}", variant=f"v{index}", document=f"d{index}") for index in range(10)]
    assert set(judge(apart, tables(found))["verdict"]) == {"supported"}


def test_a_fallen_premise_marks_what_stands_on_it():
    found = tables([contrast("bad", gain=-0.3), contrast("vague", gain=0.1, se=0.1), contrast()])
    claims = [
        *(claim(name, variant=variant) for name, variant in [("A1", "bad"), ("A2", "vague"), ("A3", "loan")]),
        *(claim(f"B{number}", requires=[f"A{number}"]) for number in (1, 2, 3)),
    ]
    rows = judge(claims, found)
    assert rows["premise"].to_list()[3:] == ["fallen: A1", "open: A2", "holds"]


def test_a_changed_number_changes_exactly_the_verdicts_that_it_should():
    names = ("loan", "other", "third")
    claims = [claim(f"A{index}", variant=name, fair="fair") for index, name in enumerate(names)]

    def results(**gains):
        return tables(
            [
                contrast(name, against, gain=gains.get(name, 0.3) if against == "control" else 0.0)
                for name in names
                for against in ("control", "fair")
            ]
        )

    before = verdicts(claims, results())
    after = verdicts(claims, results(other=-0.3))
    assert {key for key in before if before[key] != after[key]} == {("A1", "published")}
    assert after["A1", "published"] == "reversed"
    assert verdicts(claims, results(other=0.31)) == before


def test_a_wider_interval_never_gains_a_verdict_in_the_ledger():
    claims = [claim("A1"), claim("A2", variant="other")]
    strength = ["undecided", "negligible", "supported, small", "supported"]
    for gain in (0.0, 0.02, 0.06, 0.2):
        last = len(strength)
        for se in (0.002, 0.01, 0.03, 0.1, 0.3):
            found = tables([contrast(gain=gain, se=se), contrast("other")])
            now = strength.index(verdicts(claims, found)["A1", "published"])
            assert now <= last
            last = now
        assert last == 0


def test_margins_have_one_digest_whatever_their_order():
    claims = [claim("A1"), claim("A2", margin=0.1)]
    assert margins_digest(claims) == margins_digest(claims[::-1])
    assert margins_digest(claims) != margins_digest([claim("A1"), claim("A2", margin=0.2)])
    assert set(judge(claims, tables([contrast()]))["margins"]) == {margins_digest(claims)}


def test_changes_are_named_until_a_line_accepts_them():
    found = tables([contrast()])
    recorded = judge([claim(), claim("A2", study="later")], found)
    changed = [claim(margin=0.5), claim("A2", study="later", margin=0.5)]
    margins = list(changed_margins(changed, recorded))
    assert margins == [("A1", "margin", 0.05, 0.5)]  # of what was not judged a margin may change
    now = judge([claim(), claim("A2", study="stones", variant="loan")], tables([contrast(gain=0.0, se=0.01)]))
    turned = list(changed_verdicts(recorded, now))
    assert turned == [("A1", "published", "supported", "negligible")]  # a first verdict is no change
    line = {"claim": "A1", "old": "supported", "new": "negligible", "reason": "r", "date": "d"}
    assert unacknowledged(turned, [line]) == []
    assert unacknowledged(turned, [line | {"claim": "A2"}]) == turned


def test_what_is_looked_up_is_what_the_tables_have():
    assert contrast().keys() <= CONTRASTS_SCHEMA.keys()
    assert level().keys() <= SUMMARY_SCHEMA.keys()
    assert set(PLACES.columns) <= PLACES_SCHEMA.keys()
    looked_up = {
        *AT,
        "variant",
        "against",
        "metric",
        "n",
        "df",
        "multiplier",
        "multiplier_low",
        "multiplier_note",
    }
    assert looked_up <= GAINS_SCHEMA.keys()
