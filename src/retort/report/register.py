r"""The ledger of numbers: every number that the paper prints, with the cells of the results that it follows from.

`src/tex/output/ledger.json` joins the accounts of all figures, tables and of the prose; `retort trace` reads it.
`ledger.tex` is what the supplement shows of it: a line for each number of the prose, and one for each table and figure,
to which the numbers lead as links (\fromledger).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from retort.report.accounts import NUMBERS, PLANNED, stem
from retort.report.tables import breakable, escape

FIGURE, TABLE = "figure", "table"
# In this order a row is read: where, which system, held against which.
FIRST = ("dataset", "split", "variant", "against")


def ledger(
    accounts: Mapping[str, Mapping],
    *,
    kinds: Mapping[str, str],
    places: Mapping[str, pl.DataFrame],
    facts: Mapping,
) -> dict[str, Any]:
    """All accounts in one.

    Args:
        accounts: by the name of the figure or table; `numbers` is the prose.
        kinds: whether it is a `figure` or a `table`.
        places: the places of each study, whose draws runs are of.
        facts: of the build: scale, commit and the like.

    Raises:
        ValueError: a table was another one when another program read it.
    """
    files: dict[str, dict] = {}
    rows: dict[str, dict] = {}
    for name, found in accounts.items():
        for table, file in found["reads"].items():
            if files.setdefault(table, dict(file)) != file:
                raise ValueError(
                    f"{file['file']}: it changed while the paper was rendered: {name} read another one than others. "
                    "Hint: run the build again."
                )
        for table, some in found["rows"].items():
            rows.setdefault(table, {}).update(some)
    return {
        **facts,
        "tables": {
            name: {**files[name], "made by": maker(name), "rows": rows.get(name, {})}
            for name in sorted(files)
        },
        "places": {
            study: {f"{row['dataset']}/{row['split']}": row["splits"] for row in table.to_dicts()}
            for study, table in places.items()
        },
        "programs": {
            name: {
                "kind": kinds[name],
                "program": f"src/scripts/{name}.py",
                "reads": sorted(found["reads"]),
                "numbers": len(found["printed"]),
                "drawn": found.get("drawn", []),
            }
            for name, found in accounts.items()
            if name != NUMBERS
        },
        "printed": [entry for found in accounts.values() for entry in found["printed"]],
    }


def maker(table: str) -> str:
    """The rule that makes a result table, by its name below data/results."""
    name = table.partition("/")[2] if "/" in table else table
    rules = {
        **dict.fromkeys(("summary", "contrasts", "gains"), "summarize"),
        **dict.fromkeys(PLANNED, "lay_out"),
        **dict.fromkeys(("costs", "timings"), "cite"),
        **{"published": "quote", "claims": "judge", "operating": "operate"},
    }
    return rules.get(name, "illustrate" if name.startswith("illustrations/") else "score")


def tex(found: Mapping[str, Any]) -> str:
    """What the supplement shows of a ledger."""
    lines = ["% Generated from the accounts of figures, tables and numbers; do not edit."]
    prose: dict[str, list[Mapping]] = {}
    for entry in found["printed"]:
        if entry["in"] == NUMBERS:
            prose.setdefault(stem(entry["name"]), []).append(entry)
    lines += [r"\begin{ledger}{Number}{Printed}{Looked up in}{Row}"]
    for name, entries in prose.items():
        value, *interval = entries
        printed = value["text"]
        if len(interval) == 2:
            printed += rf" \ci{{{interval[0]['text']}}}{{{interval[1]['text']}}}"
        where, row = _origin(found, value)
        lines.append(
            rf"\ledgerline{{{name}}}{{{breakable(name)}}}{{{printed}}}{{{breakable(where)}}}{{{escape(row)}}}"
        )
    lines += [r"\end{ledger}", r"\begin{ledger}{Figure or table}{Numbers}{Program}{Reads}"]
    for name, program in found["programs"].items():
        kind = program["kind"]
        label = rf"{kind.capitalize()}~\ref{{{'fig' if kind == FIGURE else 'tab'}:{name}}}"
        reads = ", ".join(_tables(program["reads"]))
        count = str(program["numbers"]) if kind == TABLE else ""
        lines.append(
            rf"\ledgerline{{{name}}}{{{label}}}{{{count}}}{{{breakable(name)}}}{{{breakable(reads)}}}"
        )
    return "\n".join([*lines, r"\end{ledger}", ""])


def _tables(names: Iterable[str]) -> list[str]:
    """Result tables, those of one study after its name."""
    studies: dict[str, list[str]] = {}
    for name in names:
        study, _, table = name.partition("/")
        studies.setdefault(study if table else "", []).append(table or study)
    return [
        f"{study}: {', '.join(tables)}" if study else ", ".join(tables) for study, tables in studies.items()
    ]


def _origin(found: Mapping[str, Any], entry: Mapping) -> tuple[str, str]:
    """The table and column that a number was looked up in, and its row."""
    if not entry["cells"]:
        return "", ""
    table, number, column = entry["cells"][0]
    row = found["tables"][table]["rows"][str(number)]
    first = [name for name in FIRST if name in row]
    rest = [name for name in row if name not in (*FIRST, "study", "family")]
    words = [f"minus {row[name]}" if name == "against" else str(row[name]) for name in (*first, *rest)]
    return f"{table}: {column}", ", ".join(words).replace(", minus", " minus")
