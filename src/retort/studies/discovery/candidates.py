"""Candidates as a user gives them: a table of one's own, or formulas and ids line by line.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from retort.asking import AskError, Table, read_file

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
    table = Table.read(stream, file)
    if not table.header:
        return []
    rows = table.cells()
    place = table.place(column, COLUMNS, "formulas or ids")
    both = enumerate(zip(table.rows, rows, strict=True), start=1)
    return [Candidate(number, row[place].strip(), cells) for number, (row, cells) in both]
