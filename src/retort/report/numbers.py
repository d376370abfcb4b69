r"""The numbers of the paper's prose: `src/tex/output/numbers.tex`, a `\newcommand` for each. All are looked up.

`workflow/config/numbers/<study>.yaml` names them, as `Name: {..}` with

    variant, metric, part        default: those of the study's `primary`
    place: name                  where; default: the first place of the study; n/a where the scale has no such place
    dataset, split               the same, by themselves; `split` is a family of draws
    against: variant             the number is the paired difference to that variant, from the contrasts
    gain: true                   with `against`: the gain g = ln(error of against / error of variant) in its place
    relative: true               with `against`: the difference as a share of the mean of `against`
    loan: name                   the number is of that loan, from the gains; `arm` is fair (the default), published,
                                 ceiling or simple; `robust: true` takes the gain of trimeans
    column:                      any column of the summary; default `mean`; with `against`, of the contrasts; default
                                 `difference`, or `gain`; with `loan`, of the gains; default `gain`
    details: table               the number stands in the study's own details table of that name, in the row of this
                                 dataset, split, variant, metric and (for `against`) reference, as far as the table has
                                 these columns; `column` is then one of its own, by default `difference` with `against`
                                 and `value` without, and \NameLow and \NameHigh are its `low` and `high`
    row: {column: value}         with `details`: what else the row must hold
    percent: true                print a fraction times 100
    margin: x                    the sign is that of what lies beyond x, the smallest that matters, in the table's unit
    digits:                      decimals; default 1, 2 for gains and multipliers, and 0 for counts

Names and keys are checked when the configuration is loaded. A number with an interval makes four macros: \Name,
\NameLow, \NameHigh and \NameSign, which \verdict reads: `+` or `-` where the whole interval lies above or below zero
(above the margin, or below minus the margin), else `0`, also where there is none, decided before anything is rounded.
What a scale did not run prints as n/a.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from retort.configuration.prose import ends, source
from retort.report.tables import number

ABSENT = "n/a"
UNDECIDED = "0"
WHOLE = "against_mean"
_FINE = ("gain", "multiplier")  # printed with two decimals
_KEYS = ("dataset", "split", "variant", "part", "metric")


@dataclass(frozen=True)
class Macro:
    r"""`\name` prints `value` (LaTeX); `origin` says in a comment where it came from."""

    name: str
    value: str
    origin: str


def render(macros: Iterable[Macro], *, generated: bool) -> str:
    r"""The whole of numbers.tex; `generated` sets \ifgenerated, which stamps a paper made from generated data.

    Raises ValueError for a name that is not made of letters (TeX has no others) or that occurs twice.
    """
    lines = [
        "% Generated from data/results; do not edit. Each line ends with its origin.",
        r"\ifcsname ifgenerated\endcsname\else\expandafter\newif\csname ifgenerated\endcsname\fi",
        r"\generatedtrue" if generated else r"\generatedfalse",
    ]
    seen: dict[str, str] = {}
    for macro in macros:
        if not re.fullmatch("[A-Za-z]+", macro.name):
            raise ValueError(
                f"number {macro.name!r}: a TeX name has letters only. Hint: write digits as words."
            )
        if macro.name in seen:
            raise ValueError(f"number {macro.name!r} is defined twice: {seen[macro.name]}; {macro.origin}.")
        seen[macro.name] = macro.origin
        origin = " ".join(macro.origin.split())
        lines.append(rf"\newcommand{{\{macro.name}}}{{{macro.value}}}% {origin}")
    return "\n".join(lines) + "\n"


def collect(
    study: str,
    numbers: Mapping[str, Mapping[str, Any]],
    *,
    primary: Mapping[str, str],
    places: pl.DataFrame,
    summary: pl.DataFrame,
    contrasts: pl.DataFrame,
    gains: pl.DataFrame,
    details: Callable[[str], pl.DataFrame],
) -> list[Macro]:
    """The macros of one study, in the order of `numbers`.

    Args:
        primary: the `variant, metric, part` of a number that does not say its own.
        places: `dataset, split, name, order` of the places that this scale has.
        details: gives the study's details table of a name.

    Raises:
        ValueError: more than one row of a details table, or of the contrasts, fits; names study and number.
    """
    named = {row["name"]: row for row in places.to_dicts()}
    first = places.sort("order").row(0, named=True)
    tables = {"summary": summary, "contrasts": contrasts, "gains": gains}
    macros: list[Macro] = []
    for name, given in numbers.items():
        place = first
        if "place" in given:
            place = named.get(given["place"], {"dataset": given["place"], "split": "not run at this scale"})
        spec = {**primary, **{key: place[key] for key in ("dataset", "split")}, **given}
        kind, column = source(given)
        table = details(kind) if "details" in given else tables[kind]
        macros += _macros(study, name, spec | {"column": column}, table)
    return macros


def left_out(study: str, numbers: Iterable[str]) -> list[Macro]:
    """The macros of a study that is not in this paper: sentences outside its section may still name them."""
    ends = {"": ABSENT, "Low": ABSENT, "High": ABSENT, "Sign": UNDECIDED}
    return [
        Macro(f"{name}{end}", value, f"{study} is left out of this paper")
        for name in numbers
        for end, value in ends.items()
    ]


def _macros(study: str, name: str, spec: Mapping[str, Any], table: pl.DataFrame) -> Iterator[Macro]:
    """The macros of one number, looked up in its table."""
    column = spec["column"]
    wanted: dict[str, Any] = {key: spec[key] for key in _KEYS}
    interval = ends(spec, table.columns)
    if "details" in spec:
        wanted |= {"reference": spec["against"]} if "against" in spec else {}
        wanted = {key: value for key, value in wanted.items() if key in table.columns} | spec.get("row", {})
        origin = " / ".join([study, f"details {spec['details']}", *map(str, wanted.values())])
    elif "loan" in spec:
        wanted = {key: spec[key] for key in ("dataset", "split", "loan")}
        wanted |= {"arm": spec.get("arm", "fair"), "robust": spec.get("robust", False)}
        origin = " / ".join([study, *map(str, wanted.values())])
    else:
        origin = " / ".join([study, *wanted.values()])
        if "against" in spec:
            wanted["against"] = spec["against"]
            origin += f" minus {spec['against']}"
    columns = [column, *(interval or ())]
    row = _row(table, wanted, columns, spec.get("relative", False), f"{study}, number {name}")

    count = table.schema.get(column) == pl.Int64
    style: dict[str, Any] = {
        "digits": spec.get("digits", 0 if count else 2 if column in _FINE else 1),
        "percent": spec.get("percent", False),
    }

    def printed(column: str) -> str:
        value = row.get(column)
        if value is None or isinstance(value, str):
            return value or ABSENT
        of = [row[f"own {column}"], row[WHOLE]] if WHOLE in row else None
        return number(value, of=of, **style)

    yield Macro(name, printed(column), f"{origin}: {column}")
    if interval:
        low, high = interval
        yield Macro(f"{name}Low", printed(low), f"{origin}: {low}")
        yield Macro(f"{name}High", printed(high), f"{origin}: {high}")
        sign = _sign(row.get(low), row.get(high), spec.get("margin", 0.0))
        yield Macro(f"{name}Sign", sign, f"{origin}: {', '.join(interval)}")


def _row(
    table: pl.DataFrame, wanted: Mapping[str, Any], columns: list[str], relative: bool, where: str
) -> dict[str, Any]:
    """`columns` of the row that has what is `wanted`, or empty.

    If `relative`, as shares of the mean of `against`, with that mean and `own <column>`, which they are computed from.
    """
    values = [pl.col(column) for column in columns]
    if relative:
        whole = pl.col(WHOLE)
        shares = [pl.when(whole > 0).then(pl.col(each) / whole).alias(each) for each in columns]
        values = [*shares, *(pl.col(each).alias(f"own {each}") for each in columns), whole]
    # A pair of two families has the same numbers in both.
    found = table.filter(pl.col(key) == value for key, value in wanted.items()).select(values).unique()
    if found.height > 1:
        raise ValueError(
            f"study {where}: {found.height} rows have {dict(wanted)}. Hint: say more, under `row:` of a details table."
        )
    return found.row(0, named=True) if found.height else {}


def _sign(low: float | None, high: float | None, margin: float) -> str:
    """On which side of [-margin, margin] the interval lies, `0` where they meet or an end is missing."""
    if low is None or high is None:
        return UNDECIDED
    return "+" if low > margin else "-" if high < -margin else UNDECIDED
