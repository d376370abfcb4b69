"""Accounts: for a figure, a table or the numbers of the prose, what was read and from which cells each number follows.

Each lies beside what it is of (`src/tex/tables/transfer_main.json`); `retort.report.register` joins them to the ledger
of numbers.
"""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from retort.files import sha256
from retort.report import tracing
from retort.report.numbers import Macro
from retort.report.printed import places
from retort.report.tracing import Cell, Recorder
from retort.sealed import KEY, write_generated

# Columns of words that say of a row what others have said, or how it is called.
SAID = (
    *(
        "title",
        "short",
        "note",
        "unit",
        "device",
        "multiplier_note",
        "manifest",
        "settings",
        "colour",
        "licence",
    ),
    *(
        "statement",
        "quote",
        "where",
        "document",
        "why",
        "reason",
        "premise",
        "requires",
        "place",
        "source",
        "spread",
    ),
    *(
        "verdict",
        "verdict_raw",
        "kind",
        "estimand",
        "comparable",
        "headline",
        "mark",
        "digits",
        "protocol",
        "margins",
        "edition",
    ),
)
NUMBERS = "numbers"  # where those of the prose are; a table's and a figure's are in what bears its name
# Whole numbers that name a row; others measure or count.
NAMED = ("seed", "draw", "fold", "k", "step", "labels", "rank")
# What names runs.
OF_RUNS = ("study", "dataset", "split", "variant", "against", "seed", "part", "metric", "term")
PLANNED = ("places", "systems", "metrics", "sources", "loans")
LONGEST = 80  # characters of a value that names


def run_program(program: Path, arguments: Sequence[str], output: Path, root: Path = tracing.RESULTS) -> dict:
    """Run a program of src/scripts that writes `output`, and give the account of what it wrote.

    A table's numbers are linked to the ledger; of a figure the account says which cells it draws.
    """
    first = Recorder(root, marks=output.suffix == ".tex")
    tracing.run(program, ["--output", str(output), *arguments], first)
    if output.suffix != ".tex":
        second = Recorder(root, apart=True)
        tracing.run(program, ["--output", str(output), *arguments], second)
        return account(first, []) | {"drawn": drawn(second)}
    marked = output.read_text(encoding="utf-8").partition(f"% {KEY}")[0]
    with tempfile.TemporaryDirectory() as scratch:
        second = Recorder(root, marks=True, apart=True)
        tracing.run(program, ["--output", str(Path(scratch, output.name)), *arguments], second)
    cells = tracing.paired(first, second)
    name = output.stem
    write_generated(output, tracing.replaced(marked, lambda _, text: rf"\fromledger{{{name}}}{{{text}}}"))
    entries = [
        {"in": name, "row": row, "column": column, "text": text, "value": first.printed[at].value}
        | {"cells": cells[at], "computed": first.printed[at].of is not None}
        for at, text, row, column in places(marked)
    ]
    return account(first, entries)


def collect_numbers(
    collect: Callable[[], list[Macro]], root: Path = tracing.RESULTS
) -> tuple[list[Macro], dict]:
    """The macros of the prose, each number linked to the ledger, and their account.

    Args:
        collect: looks them up, in tables that it reads anew.
    """
    first, second = Recorder(root, marks=True), Recorder(root, marks=True, apart=True)
    with tracing.recording(first):
        macros = collect()
    with tracing.recording(second):
        collect()
    cells = tracing.paired(first, second)
    entries = [
        {"in": NUMBERS, "name": macro.name, "text": text, "value": first.printed[at].value}
        | {"cells": cells[at], "computed": first.printed[at].of is not None}
        for macro in macros
        for at, text in tracing.marks(macro.value)
    ]
    return list(map(_linked, macros)), account(first, entries)


def _linked(macro: Macro) -> Macro:
    """A number of the prose, linked to its line; an interval's ends to that of the value."""
    name = stem(macro.name)
    return replace(
        macro, value=tracing.replaced(macro.value, lambda _, text: rf"\fromledger{{{name}}}{{{text}}}")
    )


def stem(macro: str) -> str:
    r"""The name of a number without the ending of its interval's ends: \NameLow is of \Name."""
    return next((macro.removesuffix(end) for end in ("Low", "High") if macro.endswith(end)), macro)


def account(recorder: Recorder, entries: Iterable[Mapping[str, Any]]) -> dict:
    """What was read, the rows that numbers follow from, and the numbers, as JSON has them.

    Args:
        entries: of each number what is known of it, its `cells` among that.
    """
    rows: dict[str, dict[str, dict]] = {}
    printed = []
    for entry in entries:
        for cell in entry["cells"]:
            known = rows.setdefault(cell.table, {})
            if str(cell.row) not in known:
                known[str(cell.row)] = named(recorder.tables[cell.table], cell)
        printed.append({**entry, "cells": [[cell.table, cell.row, cell.column] for cell in entry["cells"]]})
    reads = {
        name: {"file": file.as_posix(), "sha256": sha256(file)}
        for name, file in sorted(recorder.files.items())
    }
    return {"reads": reads, "rows": rows, "printed": printed}


def drawn(recorder: Recorder) -> list[dict]:
    """What a figure draws, as JSON has it: columns of rows of one table that have `row`, the names of runs, in common.

    Tables of what the configuration says are left out: where and under which name something is drawn is no result.
    """
    columns: dict[tuple, list[str]] = {}
    for table, column, rows in recorder.found(np.concatenate([[], *recorder.drawn])):
        if table.rpartition("/")[2] in PLANNED:
            continue
        read = recorder.tables[table].with_row_index("number")[rows]
        names = [name for name in OF_RUNS if name in read.columns]
        for values, group in read.group_by(names or pl.lit(0), maintain_order=True):
            called = tuple(
                (name, value) for name, value in zip(names, values, strict=False) if value is not None
            )
            columns.setdefault((table, called, ranges(group["number"])), []).append(column)
    return [
        {"table": table, "columns": some, "row": dict(called), "rows": rows}
        for (table, called, rows), some in columns.items()
    ]


def ranges(numbers: Iterable[int]) -> str:
    """Whole numbers in short: 0-4, 7."""
    ends: list[list[int]] = []
    for number in sorted(numbers):
        if ends and ends[-1][1] == number - 1:
            ends[-1][1] = number
        else:
            ends.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ends)


def named(table: pl.DataFrame, cell: Cell) -> dict[str, Any]:
    """What a row of a result table is called: the words and whole numbers that name it."""
    names = [
        name
        for name, kind in table.schema.items()
        if (kind in (pl.String, pl.Boolean) and name not in SAID) or (kind.is_integer() and name in NAMED)
    ]
    row = table[cell.row].select(names).row(0, named=True)
    return {
        name: value
        for name, value in row.items()
        if value is not None and not (isinstance(value, str) and len(value) > LONGEST)
    }
