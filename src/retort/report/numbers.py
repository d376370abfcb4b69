r"""The numbers of the paper's prose: `src/tex/output/numbers.tex`, a `\newcommand` for each.

A study's YAML names them under `numbers:`, as `Name: {..}` with

    variant, metric, part        default: those of the study's `primary`
    dataset, split               default: the first block of the study's `grid`
    place: name                  dataset and split of the grid block of that name; n/a where the scale has none
    against: variant             the number is the paired difference to that variant
    relative: true               with `against`: the difference as a share of the trimean of `against`
    column:                      any column of the summary; default `trimean`; with `against`, `difference`, or
                                 `item_difference` where the interval knows items
    interval: seeds | items | both   which interval \NameLow and \NameHigh give; default `seeds`. With `items` and
                                 `both` a difference is the mean over items; `both` is the smallest interval that
                                 holds the one over seeds and the one over items, as the verdicts on claims use it
    details: table               the number stands in the study's own details table of that name, in the row of this
                                 dataset, split, variant, metric and (for `against`) reference, as far as the table has
                                 these columns; `column` is then one of its own, by default `difference` with `against`
                                 and `value` without, and \NameLow and \NameHigh are its `low` and `high`
    row: {column: value}         with `details`: what else the row must hold
    percent: true                print a fraction times 100
    digits:                      decimals; default 1, and 0 for counts

A trimean or a difference makes three macros, \Name, \NameLow and \NameHigh. What a scale did not run prints as n/a.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from retort.report.tables import number
from retort.statistics.bootstrap import RESAMPLES
from retort.statistics.summary import SUMMARY_SCHEMA, contrasts

ABSENT = "n/a"
KEYS = {
    *("variant", "metric", "part", "dataset", "split", "place"),
    *("against", "relative", "column", "interval", "percent", "digits", "details", "row"),
}
_ENDS = {
    ("trimean", "seeds"): [("low", "high")],
    ("trimean", "items"): [("item_low", "item_high")],
    ("difference", "seeds"): [("difference_low", "difference_high")],
    ("item_difference", "items"): [("item_difference_low", "item_difference_high")],
}
_DIFFERENCES = [kind + end for kind in ("difference", "item_difference") for end in ("", "_low", "_high")]
_ENDS |= {
    ("trimean", "both"): _ENDS["trimean", "seeds"] + _ENDS["trimean", "items"],
    ("item_difference", "both"): _ENDS["difference", "seeds"] + _ENDS["item_difference", "items"],
}


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
    block: dict,
    *,
    summary: pl.DataFrame,
    scores: pl.DataFrame,
    items: pl.DataFrame,
    seed: int,
    resamples: int = RESAMPLES,
    details: Callable[[str], pl.DataFrame] | None = None,
) -> list[Macro]:
    """The macros of one study, in the order of its YAML; `block` is the study's resolved configuration.

    `details` gives the study's details table of a name.

    Raises ValueError, naming study and number, for an unknown key, variant, column or interval.
    """
    specs = {name: _checked(study, name, spec, block) for name, spec in (block.get("numbers") or {}).items()}
    compared = [spec for spec in specs.values() if "against" in spec and "details" not in spec]
    pairs = sorted({(spec["variant"], spec["against"]) for spec in compared})
    asked = {spec["metric"] for spec in compared}
    subset = scores.filter(pl.col("metric").is_in(asked))
    compared = None
    if not subset.is_empty():
        compared = contrasts(subset, items, pairs, seed=seed, resamples=resamples)
    macros = []
    for name, spec in specs.items():
        if "details" in spec:
            macros += _detail(study, name, spec, details(spec["details"]))
            continue
        key = {key: spec[key] for key in ("dataset", "split", "variant", "part", "metric")}
        table = summary
        if "against" in spec:
            table = compared
            key["baseline"] = spec["against"]
        row = None
        if table is not None:
            found = table.filter(pl.col(column) == value for column, value in key.items())
            row = found.row(0, named=True) if found.height else None
        if row and spec["relative"]:
            reference = summary.filter(
                pl.col(column) == (spec["against"] if column == "variant" else value)
                for column, value in key.items()
                if column != "baseline"
            )
            row = {name: row[name] and row[name] / reference["trimean"][0] for name in _DIFFERENCES}
        macros += _macros(study, name, spec, row)
    return macros


def _detail(study: str, name: str, spec: dict, table: pl.DataFrame) -> list[Macro]:
    """The macros of a number that a details table holds."""
    wanted = {key: spec[key] for key in ("dataset", "split", "variant", "part", "metric")}
    wanted |= {"reference": spec["against"]} if "against" in spec else {}
    wanted = {key: value for key, value in wanted.items() if key in table.columns} | spec.get("row", {})
    column = spec["column"]
    missing = {column, *wanted} - set(table.columns)
    if missing:
        raise ValueError(
            f"study {study}, number {name}: details {spec['details']} has no {sorted(missing)}. "
            f"Hint: its columns are {', '.join(table.columns)}."
        )
    found = table.filter(pl.col(key) == value for key, value in wanted.items())
    if found.height > 1:
        raise ValueError(
            f"study {study}, number {name}: {found.height} rows of details {spec['details']} have {wanted}. "
            "Hint: say more under `row:`."
        )
    row = found.row(0, named=True) if found.height else {}
    ends = {"": column} | ({"Low": "low", "High": "high"} if {"low", "high"} <= set(table.columns) else {})
    origin = " / ".join([study, f"details {spec['details']}", *map(str, wanted.values())])
    style = {"digits": spec["digits"], "percent": spec["percent"]}
    return [
        Macro(
            f"{name}{end}",
            ABSENT if row.get(each) is None else number(row[each], **style),
            f"{origin}: {each}",
        )
        for end, each in ends.items()
    ]


def _macros(study: str, name: str, spec: dict, row: dict | None) -> list[Macro]:
    column = spec["column"]
    origin = " / ".join([study, *(spec[key] for key in ("dataset", "split", "variant", "part", "metric"))])
    if "against" in spec:
        origin += f" minus {spec['against']}"
    style = {"digits": spec["digits"], "percent": spec["percent"]}

    def printed(outermost: Callable, columns: Iterable[str]) -> str:
        values = [row[end] for end in columns if row and row[end] is not None]
        return number(outermost(values), **style) if values else ABSENT

    macros = [Macro(name, printed(max, [column]), f"{origin}: {column}")]
    ends = _ENDS.get((column, spec["interval"]))
    if ends:
        lows, highs = zip(*ends, strict=True)
        macros += [
            Macro(f"{name}Low", printed(min, lows), f"{origin}: {', '.join(lows)}"),
            Macro(f"{name}High", printed(max, highs), f"{origin}: {', '.join(highs)}"),
        ]
    return macros


def _column(spec: dict) -> str:
    """What a number without `column` prints: point and interval are always of one kind."""
    if "details" in spec:
        return "difference" if "against" in spec else "value"
    if "against" not in spec:
        return "trimean"
    return "difference" if spec.get("interval", "seeds") == "seeds" else "item_difference"


def _checked(study: str, name: str, spec: dict, block: dict) -> dict:
    where = f"study {study}, number {name}"
    unknown = set(spec) - KEYS
    if unknown:
        raise ValueError(f"{where}: unknown key(s) {sorted(unknown)}. Hint: known keys are {sorted(KEYS)}.")
    place = block["grid"][0]
    if "place" in spec:
        named = [each for each in block["grid"] if each.get("name") == spec["place"]]
        place = named[0] if named else {"dataset": spec["place"], "split": "not run at this scale"}
    spec = {
        **{key: block["primary"][key] for key in ("variant", "metric", "part")},
        **{key: place[key] for key in ("dataset", "split")},
        "column": _column(spec),
        "interval": "seeds",
        "percent": False,
        "relative": False,
        **spec,
    }
    columns = [key for key, kind in SUMMARY_SCHEMA.items() if kind != pl.String]
    for key, allowed in {
        "variant": list(block["variants"]),
        "against": list(block["variants"]),
        "column": columns,
        "interval": ["seeds", "items", "both"],
    }.items():
        if key == "column" and "details" in spec:
            continue
        if key in spec and spec[key] not in allowed:
            raise ValueError(f"{where}: {key} {spec[key]!r}, expected one of {', '.join(allowed)}.")
    if spec["relative"] and "against" not in spec:
        raise ValueError(f"{where}: `relative` needs `against`. Hint: name the variant to compare with.")
    spec.setdefault("digits", 0 if SUMMARY_SCHEMA.get(spec["column"]) == pl.Int64 else 1)
    return spec
