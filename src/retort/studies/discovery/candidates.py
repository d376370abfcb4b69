"""Candidates as a user gives them: a table of one's own, or formulas and ids line by line.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

from dataclasses import dataclass, field

from retort import asking
from retort.asking import Kind

CANDIDATE = Kind("candidate", ("formula", "composition", "id"), "SnTe")


@dataclass(frozen=True)
class Candidate:
    """One row as it was given, counted from 1: its formula or id, and all cells of its row if it stood in a CSV."""

    row: int
    text: str
    cells: dict[str, str] = field(default_factory=dict)


def rows_of_file(file: str, column: str | None = None) -> list[Candidate]:
    """The candidates of a file or of standard input (`-`), in order; an empty one may be among them.

    Raises:
        AskError: as `retort.asking.rows_of_file` does.
    """
    rows = asking.rows_of_file(file, column, CANDIDATE)
    return [Candidate(number, row.text, row.cells) for number, row in enumerate(rows, start=1)]
