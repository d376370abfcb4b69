"""The answer in words: how many first loans are shown to help, and the order and names of studies."""

import re
from pathlib import Path
from types import SimpleNamespace

import polars as pl

from retort.report import loans
from retort.report.results import FIELDS, in_order

LOANS = pl.DataFrame({"loan": ["unseen", "first", "second"], "order": [0, 1, 2], "panel": [[], ["a"], ["a"]]})


def study(name, fewest, everything):
    """A study whose first shown loan has these pooled intervals; others always help, and what is robust harms."""
    rows = [
        {
            "dataset": dataset,
            "name": at,
            "loan": loan,
            "arm": "fair",
            "robust": robust,
            "low": low,
            "high": high,
        }
        for at, (low, high) in (("scarcest", fewest), ("all", everything))
        for dataset, loan, robust, (low, high) in (
            (None, "first", False, (low, high)),
            (None, "first", True, (-2.0, -1.0)),
            ("d", "first", False, (-2.0, -1.0)),
            (None, "second", False, (1.0, 2.0)),
        )
    ]
    schema = {"dataset": pl.String, "low": pl.Float64, "high": pl.Float64}
    return SimpleNamespace(study=name, loans=LOANS, gains=pl.DataFrame(rows, schema_overrides=schema))


def test_first_loans_are_counted_by_the_side_of_zero_on_which_their_interval_lies():
    studies = [
        study("scitext", (0.1, 0.2), (None, None)),
        study("transfer", (0.1, 0.2), (-0.1, 0.2)),
        study("yields", (-0.2, -0.1), (0.0, 0.1)),
    ]
    told = {macro.name: macro.value for macro in loans.answers(studies)}
    assert told == {
        "FirstLoans": "three",
        "FirstLoansHelpFewest": "two (crystals, text)",
        "FirstLoansHarmFewest": "one (yields)",
        "FirstLoansHelpAll": "none",
        "FirstLoansHarmAll": "none",
    }


def test_a_study_without_a_loan_that_is_shown_is_not_counted():
    one = study("toy", (0.1, 0.2), (0.1, 0.2))
    one.loans = LOANS.head(1)
    assert loans.answers([one])[0].value == "none"


def test_studies_stand_in_the_order_of_the_manuscript():
    preamble = Path(__file__).parents[2] / "src/tex/preamble.tex"
    (named,) = re.findall(r"\\studies\{(.*?)\}", preamble.read_text(encoding="utf-8"))
    assert list(FIELDS) == named.split(", ")
    names = ["toy", *sorted(FIELDS)]
    ordered = in_order([SimpleNamespace(study=name) for name in names])
    assert [one.study for one in ordered] == [*FIELDS, "toy"]
    assert [loans.field(one) for one in ordered][-2:] == ["Text", "Toy"]
