"""numbers.tex: macros, their names, and what a study's YAML asks for."""

import polars as pl
import pytest

from retort.report.numbers import Macro, collect, render
from retort.statistics.summary import summarize

KEY = {"study": "s", "dataset": "d", "split": "p", "part": "test", "metric": "success@5", "unit": "fraction"}
SCORES = pl.DataFrame(
    [
        KEY
        | {"variant": variant, "seed": seed, "value": value + 0.01 * seed * (1 + seed * (variant == "ours"))}
        for variant, value in {"base": 0.4, "other": 0.5, "ours": 0.8}.items()
        for seed in range(5)
    ]
)
ITEMS = pl.DataFrame(
    schema=dict.fromkeys(["study", "dataset", "split", "variant", "part", "metric", "id"], pl.String)
    | {"value": pl.Float64, "n_seeds": pl.Int64}
)
SUMMARY = summarize(SCORES, ITEMS, "base", seed=0, resamples=200)


def block(**numbers):
    return {
        "grid": [{"dataset": "d", "split": "p"}],
        "primary": {"variant": "ours", "metric": "success@5", "part": "test"},
        "variants": {name: {} for name in ("base", "other", "ours", "absent")},
        "numbers": numbers,
    }


def collected(**numbers):
    macros = collect(
        "s", block(**numbers), summary=SUMMARY, scores=SCORES, items=ITEMS, seed=0, resamples=200
    )
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
    row = SUMMARY.filter(variant="ours").row(0, named=True)
    got = collected(Five={"percent": True}, Seeds={"column": "n"}, Fraction={"digits": 3})
    assert got["Five"] == f"{100 * row['trimean']:.1f}"
    assert got["FiveLow"] == f"{100 * row['low']:.1f}"
    assert got["FiveHigh"] == f"{100 * row['high']:.1f}"
    assert got["Seeds"] == "5"
    assert got["Fraction"] == f"{row['trimean']:.3f}"
    assert "SeedsLow" not in got


def test_difference_to_the_baseline_and_to_another():
    got = collected(
        Base={"column": "difference", "percent": True}, Other={"against": "other", "percent": True},
        Back={"variant": "other", "against": "ours", "percent": True},
    )  # fmt: skip
    assert float(got["Base"]) > float(got["Other"]) > 0
    assert got["Back"] == f"$-${got['Other']}"
    assert got["OtherLow"] <= got["Other"] <= got["OtherHigh"]


def test_point_and_interval_over_items_are_of_one_kind_and_both_holds_both():
    items = pl.DataFrame(
        [
            {key: value for key, value in KEY.items() if key != "unit"}
            | {"variant": variant, "id": f"t{n:02d}", "value": float(n % step == 0), "n_seeds": 5}
            for variant, step in {"base": 4, "ours": 2}.items()
            for n in range(40)
        ]
    )
    numbers = {
        name: {"variant": "ours", "against": "base", "interval": name, "digits": 4}
        for name in ("seeds", "items", "both")
    }
    summary = summarize(SCORES, items, "base", seed=0, resamples=200)
    macros = collect(
        "s", block(**numbers), summary=summary, scores=SCORES, items=items, seed=0, resamples=200
    )
    got = {macro.name: float(macro.value.replace("$-$", "-")) for macro in macros}
    # Ours solves every second of 40 items, the base every fourth: 20/40 - 10/40.
    assert got["items"] == got["both"] == 0.25
    assert got["seeds"] != got["items"]
    assert got["bothLow"] == min(got["seedsLow"], got["itemsLow"])
    assert got["bothHigh"] == max(got["seedsHigh"], got["itemsHigh"])


def test_absent_at_this_scale():
    got = collected(Gone={"variant": "absent"}, Gain={"against": "absent"}, Elsewhere={"part": "valid"})
    assert set(got.values()) == {"n/a"}
    assert len(got) == 9


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"variant": "typo"}, "variant 'typo'"),
        ({"column": "typo"}, "column 'typo'"),
        ({"interval": "typo"}, "interval 'typo'"),
        ({"metrc": "x"}, r"unknown key\(s\) \['metrc'\]"),
    ],
)
def test_mistakes_are_named(spec, message):
    with pytest.raises(ValueError, match=f"study s, number Five: {message}"):
        collected(Five=spec)


def test_a_place_is_a_named_block_of_the_grid():
    asked = block(Ours={"place": "here"}, Elsewhere={"place": "full-only"})
    asked["grid"] = [{"dataset": "e", "split": "q"}, {"name": "here", "dataset": "d", "split": "p"}]
    macros = collect("s", asked, summary=SUMMARY, scores=SCORES, items=ITEMS, seed=0, resamples=200)
    values = {macro.name: macro.value for macro in macros}
    assert values["Ours"] != "n/a"
    assert values["Elsewhere"] == "n/a"


def test_a_number_may_stand_in_a_details_table():
    table = pl.DataFrame(
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

    def found(**spec):
        macros = collect(
            "s",
            block(Gain={"details": "paired", **spec}),
            summary=SUMMARY,
            scores=SCORES,
            items=ITEMS,
            seed=0,
            resamples=200,
            details={"paired": table}.__getitem__,
        )
        return {macro.name: macro.value for macro in macros}

    gain = found(against="base", percent=True)
    assert (gain["Gain"], gain["GainLow"], gain["GainHigh"]) == ("25.0", "12.5", "37.5")
    assert found(against="other", percent=True)["GainLow"] == "n/a"
    assert found(against="base", variant="other")["Gain"] == "n/a"
    assert found(column="molecules", row={"reference": "base"}, digits=0)["Gain"] == "204"
    with pytest.raises(ValueError, match=r"number Gain: 2 rows of details paired"):
        found(column="molecules")
    with pytest.raises(ValueError, match=r"has no \['nothing'\]"):
        found(column="nothing")
