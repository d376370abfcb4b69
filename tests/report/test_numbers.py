"""numbers.tex: macros, their names, and what is looked up for them."""

import polars as pl
import pytest

from retort.report.numbers import Macro, collect, render
from retort.statistics.contrasts import CONTRASTS_SCHEMA
from retort.statistics.summary import SUMMARY_SCHEMA

PRIMARY = {"variant": "ours", "metric": "success@5", "part": "test"}
PLACES = pl.DataFrame(
    {"dataset": ["d", "e"], "split": ["p", "q"], "name": [None, "elsewhere"], "order": [0, 1]}
)
KEY = {"study": "s", "dataset": "d", "split": "p", "part": "test", "metric": "success@5", "unit": "fraction"}
SUMMARY = pl.DataFrame(
    [
        KEY | {"variant": "ours", "n": 5, "trimean": 0.8123, "low": 0.80, "high": 0.83, "n_items": 1200,
               "item_low": 0.79, "item_high": 0.82},
        KEY | {"variant": "ours", "dataset": "e", "split": "q", "n": 1, "trimean": 0.5},
    ],
    schema=SUMMARY_SCHEMA,
)  # fmt: skip
GAIN = KEY | {
    "variant": "ours", "against": "base", "n": 5, "difference": -0.02, "low": -0.04, "high": -0.0001, "n_items": 1200,
    "item_difference": -0.03, "item_low": -0.06, "item_high": 0.01, "against_trimean": 0.5, "p": 0.06,
}  # fmt: skip
CONTRASTS = pl.DataFrame(
    [
        GAIN | {"family": "baseline", "p_holm": 0.12},
        GAIN | {"family": "parts", "p_holm": 0.06},
        GAIN | {"family": "parts", "against": "naught", "against_trimean": 0.0},
        GAIN | {"family": "parts", "against": "few", "n": 2, "low": None, "high": None},
    ],
    schema=CONTRASTS_SCHEMA,
)
DETAILS = pl.DataFrame(
    {
        "dataset": ["d", "d", "e"],
        "variant": ["ours"] * 3,
        "reference": ["base", "other", "base"],
        "metric": ["success@5"] * 3,
        "difference": [0.25, 0.5, 0.75],
        "low": [0.125, None, 0.0],
        "high": [0.375, 0.625, 1.0],
        "molecules": [204, 204, 151],
    }
)


def collected(**numbers):
    macros = collect(
        "s", numbers, primary=PRIMARY, places=PLACES, summary=SUMMARY, contrasts=CONTRASTS,
        details={"paired": DETAILS}.__getitem__,
    )  # fmt: skip
    return {macro.name: macro.value for macro in macros}


def test_render():
    tex = render([Macro("Five", "82.2", "study s:\nsuccess@5")], generated=True)
    assert r"\newcommand{\Five}{82.2}% study s: success@5" in tex
    assert r"\generatedtrue" in tex
    assert r"\generatedfalse" in render([], generated=False)
    assert tex.count("{") == tex.count("}")


@pytest.mark.parametrize("name", ["Success5", "a_b", "", "a b", "é"])
def test_names_have_letters_only(name):
    with pytest.raises(ValueError, match="letters only"):
        render([Macro(name, "1", "here")], generated=False)


def test_duplicates():
    with pytest.raises(ValueError, match=r"'A' is defined twice: x; y"):
        render([Macro("A", "1", "x"), Macro("A", "1", "y")], generated=False)


def test_value_and_interval_from_the_summary():
    got = collected(
        Five={"percent": True}, Seeds={"column": "n"}, Items={"column": "n_items"}, Fraction={"digits": 3},
        Both={"interval": "both", "digits": 2},
    )  # fmt: skip
    assert [got["Five" + end] for end in ("", "Low", "High", "Sign")] == ["81.2", "80.0", "83.0", "+"]
    assert (got["Seeds"], got["Items"], got["Fraction"]) == ("5", r"1\,200", "0.812")
    assert (got["BothLow"], got["BothHigh"]) == ("0.79", "0.83")
    assert "SeedsLow" not in got
    assert "SeedsSign" not in got


def test_point_and_interval_of_a_difference_are_of_one_kind():
    got = collected(
        Seeds={"against": "base", "digits": 2},
        Items={"against": "base", "interval": "items", "digits": 2},
        Both={"against": "base", "interval": "both", "digits": 2},
        Pairs={"against": "base", "column": "n"},
    )
    values = {
        name: [got[name + end] for end in ("", "Low", "High", "Sign")] for name in ("Seeds", "Items", "Both")
    }
    assert values["Seeds"] == ["$-$0.02", "$-$0.04", "0.00", "-"]  # decided at -0.0001, printed 0.00
    assert values["Items"] == ["$-$0.03", "$-$0.06", "0.01", "0"]
    assert values["Both"] == ["$-$0.03", "$-$0.06", "0.01", "0"]
    assert got["Pairs"] == "5"


def test_a_share_of_what_it_is_taken_from():
    share = {"relative": True, "percent": True, "digits": 0}
    got = collected(
        Share=share | {"against": "base", "interval": "both"}, Naught=share | {"against": "naught"}
    )
    assert [got["Share" + end] for end in ("", "Low", "High", "Sign")] == ["$-$6", "$-$12", "2", "0"]
    assert [got["Naught" + end] for end in ("", "Low", "High", "Sign")] == ["n/a", "n/a", "n/a", "0"]


def test_too_few_seeds_are_undecided():
    got = collected(Few={"against": "few", "digits": 2})
    assert [got["Few" + end] for end in ("", "Low", "High", "Sign")] == ["$-$0.02", "n/a", "n/a", "0"]


def test_not_at_this_scale():
    got = collected(
        Gone={"variant": "absent"},
        Gain={"against": "absent"},
        Valid={"part": "valid"},
        Place={"place": "full-only"},
    )
    assert {value for name, value in got.items() if not name.endswith("Sign")} == {"n/a"}
    assert {value for name, value in got.items() if name.endswith("Sign")} == {"0"}
    assert len(got) == 16


def test_a_place_is_looked_up_by_its_name():
    got = collected(There={"place": "elsewhere", "digits": 2}, Written={"dataset": "e", "split": "q"})
    assert (got["There"], got["Written"]) == ("0.50", "0.5")


def test_no_place_at_all_without_numbers():
    assert collected() == {}


def test_a_family_must_be_told_apart_where_it_matters():
    with pytest.raises(ValueError, match="study s, number P: 2 rows"):
        collected(P={"against": "base", "column": "p_holm"})


def test_a_number_may_stand_in_a_details_table():
    def found(**spec):
        return collected(Gain={"details": "paired", **spec})

    gain = found(against="base", percent=True)
    assert [gain["Gain" + end] for end in ("", "Low", "High", "Sign")] == ["25.0", "12.5", "37.5", "+"]
    half = found(against="other", percent=True)
    assert (half["GainLow"], half["GainHigh"], half["GainSign"]) == ("n/a", "62.5", "0")
    assert found(against="base", variant="other")["Gain"] == "n/a"
    # A bound of exactly zero holds zero.
    assert found(against="base", place="elsewhere")["GainSign"] == "0"
    assert found(column="molecules", row={"reference": "base"}, digits=0)["Gain"] == "204"
    with pytest.raises(ValueError, match=r"study s, number Gain: 2 rows .* Hint"):
        found(column="difference")
