"""numbers.tex: macros, their names, and what is looked up for them."""

import polars as pl
import pytest

from retort.report.numbers import Macro, collect, render

PRIMARY = {"variant": "ours", "metric": "success@5", "part": "test"}
PLACES = pl.DataFrame(
    {"dataset": ["d", "e"], "split": ["p", "q"], "name": [None, "elsewhere"], "order": [0, 1]}
)
KEY = {"dataset": "d", "split": "p", "part": "test", "metric": "success@5"}
SUMMARY = pl.DataFrame(
    [
        KEY | {"variant": "ours", "n": 5, "n_items": 1200, "mean": 0.8123, "low": 0.80, "high": 0.83},
        KEY | {"variant": "ours", "dataset": "e", "split": "q", "n": 1, "n_items": 9, "mean": 0.5},
    ]
)
GAIN = KEY | {
    "variant": "ours", "against": "base", "n": 5, "difference": -0.02, "low": -0.04, "high": -0.0001, "n_items": 1200,
    "gain": 0.125, "gain_low": 0.1, "gain_high": 0.15, "against_mean": 0.5, "p": 0.06,
}  # fmt: skip
CONTRASTS = pl.DataFrame(
    [
        GAIN | {"family": "baseline", "p_holm": 0.12},
        GAIN | {"family": "parts", "p_holm": 0.06},
        GAIN | {"family": "parts", "against": "naught", "against_mean": 0.0, "p_holm": 0.1},
        GAIN | {"family": "parts", "against": "few", "n": 2, "low": None, "high": None, "p_holm": None},
    ]
)
GAINS = pl.DataFrame(
    [
        {"dataset": "d", "split": "p", "loan": "help", "arm": arm, "robust": False, "labels": 84, "gain": gain,
         "low": gain - 0.1, "high": gain + 0.1, "multiplier": 5.0, "multiplier_low": 4.0, "multiplier_high": None,
         "multiplier_note": "at least"}
        for arm, gain in (("fair", 0.5), ("published", 0.75))
    ]
)  # fmt: skip
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
        gains=GAINS, details={"paired": DETAILS}.__getitem__,
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
    )  # fmt: skip
    assert [got["Five" + end] for end in ("", "Low", "High", "Sign")] == ["81.2", "80.0", "83.0", "+"]
    assert (got["Seeds"], got["Items"], got["Fraction"]) == ("5", r"1\,200", "0.812")
    assert "SeedsLow" not in got
    assert "SeedsSign" not in got


def ends(got, name):
    return [got[name + end] for end in ("", "Low", "High", "Sign")]


def test_a_difference_or_a_gain_with_its_own_interval():
    got = collected(
        Seeds={"against": "base", "digits": 2},
        Gain={"against": "base", "gain": True},
        Pairs={"against": "base", "column": "n"},
    )
    assert ends(got, "Seeds") == ["$-$0.02", "$-$0.04", "0.00", "-"]  # decided at -0.0001, printed 0.00
    assert ends(got, "Gain") == ["0.12", "0.10", "0.15", "+"]
    assert got["Pairs"] == "5"


def test_a_loan_has_gains_and_multipliers_by_its_arm():
    got = collected(
        Fair={"loan": "help"},
        Paper={"loan": "help", "arm": "published"},
        Times={"loan": "help", "column": "multiplier", "digits": 1},
        Labels={"loan": "help", "column": "labels"},
        Bound={"loan": "help", "column": "multiplier_note"},
        Gone={"loan": "help", "place": "elsewhere"},
    )
    assert ends(got, "Fair") == ["0.50", "0.40", "0.60", "+"]
    assert ends(got, "Paper") == ["0.75", "0.65", "0.85", "+"]
    assert ends(got, "Times") == ["5.0", "4.0", "n/a", "0"]
    assert (got["Labels"], got["Bound"], got["Gone"]) == ("84", "at least", "n/a")


def test_a_share_of_what_it_is_taken_from():
    share = {"relative": True, "percent": True, "digits": 0}
    got = collected(Share=share | {"against": "base"}, Naught=share | {"against": "naught"})
    assert [got["Share" + end] for end in ("", "Low", "High", "Sign")] == ["$-$4", "$-$8", "0", "-"]
    assert [got["Naught" + end] for end in ("", "Low", "High", "Sign")] == ["n/a", "n/a", "n/a", "0"]


def test_what_matters_lies_beyond_the_margin():
    signs = {
        f"{side}{beyond}": collected(A={"against": "base", **extra} | {"margin": margin})["ASign"]
        for side, extra in (("difference", {}), ("gain", {"gain": True}))
        for beyond, margin in (("near", 1e-5), ("far", 0.0999), ("on", 0.1))
    }
    # The difference lies in (-0.04, -0.0001), the gain in (0.1, 0.15).
    assert signs == {
        **{"differencenear": "-", "differencefar": "0", "differenceon": "0"},
        **{"gainnear": "+", "gainfar": "+", "gainon": "0"},
    }


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
