"""Candidates as a user gives them: a table of one's own, or formulas and ids line by line.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from retort.asking import AskError, read_file

COLUMNS = ("formula", "composition", "id")  # of which the first that a table has is read


@dataclass(frozen=True)
class Candidate:
    """One row as it was given, counted from 1: its formula or id, and all cells of its row if it stood in a CSV."""

    row: int
    text: str
    cells: dict[str, str] = field(default_factory=dict)


def rows_of_file(file: str, column: str | None = None) -> list[Candidate]:
    """The candidates of a file or of standard input (`-`), in order; an empty one may be among them.

    A .csv file, or anything with a `column`, is a table with a header. Else there is one a line.

    Raises:
        AskError: the file cannot be read, lacks the column, has a row that is longer than its header, or is empty.
    """
    rows: list[Candidate] = []

    def read(stream: Iterable[str]) -> list[str]:
        rows.extend(_cells(stream, file, column) if column or file.endswith(".csv") else _lines(stream))
        return []

    read_file(file, read)
    if not rows:
        raise AskError(
            f"{file}: there is no candidate in it. Hint: one a line, such as SnTe, or a table with a header"
        )
    return rows


def _lines(stream: Iterable[str]) -> list[Candidate]:
    texts = [line.strip() for line in stream]
    while texts and not texts[-1]:
        texts.pop()
    return [Candidate(row, text) for row, text in enumerate(texts, start=1)]


def _cells(stream: Iterable[str], file: str, column: str | None) -> list[Candidate]:
    rows = [row for row in csv.reader(stream) if row]
    if not rows:
        return []
    header = [name.strip().removeprefix("\ufeff") for name in rows[0]]
    named = "standard input" if file == "-" else file
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise AskError(f"{named}: two columns are called {twice[0]!r}. Hint: rename one of them")
    chosen = column or next((name for name in COLUMNS if name in header), None)
    if chosen not in header:
        raise AskError(
            f"{named}: it has no column {column or COLUMNS[0]!r}, but {', '.join(header)}. "
            "Hint: say with --column which one has the formulas or ids"
        )
    found = []
    for number, row in enumerate(rows[1:], start=1):
        if len(row) > len(header):
            raise AskError(
                f"{named}: row {number} has {len(row)} cells, and the header {len(header)}: {','.join(row)!r}. "
                "Hint: a cell with a comma stands in quotation marks"
            )
        cells = dict(zip(header, [*row, *[""] * len(header)], strict=False))
        found.append(Candidate(number, cells[chosen].strip(), cells))
    return found
