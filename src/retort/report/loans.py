"""The loans that the paper's answer rests on: which of a study are shown, and what each gains over all its tasks."""

from collections.abc import Iterable

import polars as pl

from retort.report.numbers import Macro
from retort.report.results import FIELDS, Results, in_order

FEWEST, ALL = "scarcest", "all"  # where the gains over all tasks of a loan are taken
WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def field(results: Results) -> str:
    """What a study is called in figures and tables of all studies, as a heading; another one by its own name."""
    return FIELDS.get(results.study, results.study).capitalize()


def shown(results: Results) -> list[dict]:
    """The loans of a study that the synthesis shows, the first one first."""
    return [loan for loan in results.loans.sort("order").to_dicts() if loan["panel"]]


def pooled(results: Results, loan: dict, name: str, arm: str) -> dict:
    """The gain of a loan over all its tasks, at the fewest labels or with all; empty where there is none."""
    rows = results.gains.filter(
        ~pl.col("robust"), pl.col("dataset").is_null(), loan=loan["loan"], arm=arm, name=name
    )
    return rows.row(0, named=True) if rows.height else {}


def answers(studies: Iterable[Results]) -> list[Macro]:
    r"""How many studies' first loans are shown to help, or to harm, over the fair control and over all their tasks.

    `\FirstLoans` is how many there are, in words; `\FirstLoansHelpFewest`, `\FirstLoansHarmFewest`,
    `\FirstLoansHelpAll` and `\FirstLoansHarmAll` how many of these have a whole interval on that side of
    zero, and in which studies.
    """
    ordered = in_order(studies)
    first = [(field(results).lower(), results, loan) for results in ordered for loan in shown(results)[:1]]
    macros = [Macro("FirstLoans", _word(len(first)), "the first loan of each study")]
    for end, name in (("Fewest", FEWEST), ("All", ALL)):
        gains = {title: pooled(results, loan, name, "fair") for title, results, loan in first}
        bounded = {title: row for title, row in gains.items() if row.get("low") is not None}
        sides = {
            "Help": [title for title, row in bounded.items() if row["low"] > 0],
            "Harm": [title for title, row in bounded.items() if row["high"] < 0],
        }
        for side, titles in sides.items():
            where = f" ({', '.join(titles)})" if titles else ""
            origin = f"first loans, gains {name}: low, high"
            macros.append(Macro(f"FirstLoans{side}{end}", _word(len(titles)) + where, origin))
    return macros


def _word(count: int) -> str:
    return WORDS[count] if count < len(WORDS) else str(count)
