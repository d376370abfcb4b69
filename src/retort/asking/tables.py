"""Files as a user gives them: lines, and tables whose columns are named and never guessed."""

import csv
import difflib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class AskError(ValueError):
    """Nothing can be answered; the message is the one line that the user sees."""


def read_file(file: str, read: Callable[[Iterable[str]], T]) -> T:
    """What `read` finds in the lines of a file, or of standard input (`-`).

    Raises:
        AskError: it cannot be read.
    """
    try:
        if file == "-":
            return read(sys.stdin)
        with Path(file).open(encoding="utf-8", newline="") as stream:
            return read(stream)
    except UnicodeDecodeError as error:
        raise AskError(_undecodable(file, error)) from None
    except (OSError, csv.Error) as error:
        raise AskError(f"{file}: {getattr(error, 'strerror', None) or error}") from None


def _undecodable(file: str, error: UnicodeDecodeError) -> str:
    """What is said of a file that is not UTF-8."""
    byte, place = error.object[error.start], ""
    if file != "-":  # which is gone
        for number, line in enumerate(Path(file).read_bytes().split(b"\n"), 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as here:
                byte, place = line[here.start], f"line {number}: "
                break
    hint = "Hint: save it as UTF-8 (it may be Latin-1, or Excel's plain CSV)"
    return f"{file}: {place}the byte 0x{byte:02x} is not UTF-8. {hint}"


@dataclass(frozen=True)
class Table:
    """A CSV as the user gave it.

    Attributes:
        file: what it is called in messages.
        header: names of its columns, in order.
        rows: those below the header, each as long as it: what a short one lacks is empty. Blank lines are none.
        numbers: of each row, as a spreadsheet counts, the header being row 1: blank lines count.
    """

    file: str
    header: list[str]
    rows: list[list[str]]
    numbers: list[int]

    @classmethod
    def read(cls, stream: Iterable[str], file: str) -> "Table":
        """The table in the lines of a file, or of standard input (`-`); without any, one without columns.

        Cells are separated by commas, or, which is then said, by semicolons or tabs where the header has no comma.

        Raises:
            AskError: a row has more cells than the header, so that they cannot be told apart.
        """
        named = "standard input" if file == "-" else file
        # A spreadsheet counts blank lines, too, but a cell that goes on in the next line is of one row.
        lines = _unmarked(stream)
        first = next(lines, "")
        sign = next((one for one in ";\t" if one in first and "," not in first), ",")
        if sign != ",":
            print(f"note: {named}: its cells are separated by {sign!r}", file=sys.stderr)
        records = csv.reader(chain([first], lines), delimiter=sign)
        rows = [(number, row) for number, row in enumerate(records, start=1) if row]
        if not rows:
            return cls(named, [], [], [])
        header = [name.strip() for name in rows[0][1]]
        for number, row in rows[1:]:
            if len(row) > len(header):
                raise AskError(
                    f"{named}: row {number}, as a spreadsheet counts, has {len(row)} cells, expected the {len(header)} "
                    f"of the header: {sign.join(row)!r}. Hint: a cell with {sign!r} stands in quotation marks"
                )
        numbers = [number for number, _ in rows[1:]]
        return cls(named, header, [row + [""] * (len(header) - len(row)) for _, row in rows[1:]], numbers)

    def place(self, column: str | None, usual: tuple[str, ...], has: str) -> int:
        """Where the column is that the user named, or else the first of the usual ones, in whatever case.

        Args:
            has: what is in it, for the hint.

        Raises:
            AskError: there is none, or there are two.
        """
        if column is None:
            there = {name.lower() for name in self.header}
            first = next((word for word in usual if word in there), None)
            same = [name for name in self.header if name.lower() == first]
            if len(set(same)) > 1:
                raise AskError(
                    f"{self.file}: its columns {' and '.join(map(repr, same))} may both have the {has}. "
                    "Hint: say which with --column"
                )
            wanted = same[0] if same else usual[0]
        else:
            wanted = column
        if wanted not in self.header:
            near = difflib.get_close_matches(wanted, self.header, n=1)
            guess = f", such as {near[0]!r}" if near else ""
            raise AskError(
                f"{self.file}: it has no column {wanted!r}, but {', '.join(self.header)}. "
                f"Hint: say with --column which one has the {has}{guess}"
            )
        if self.header.count(wanted) > 1:
            raise self._twice(wanted)
        return self.header.index(wanted)

    def cells(self) -> list[dict[str, str]]:
        """The cells of each row by column.

        Raises:
            AskError: two columns have one name, so that one would be lost.
        """
        for name, count in Counter(self.header).items():
            if count > 1:
                raise self._twice(name)
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]

    def _twice(self, name: str) -> AskError:
        return AskError(f"{self.file}: two columns are called {name!r}. Hint: rename one of them")


def _unmarked(stream: Iterable[str]) -> Iterator[str]:
    """The lines without the byte order mark that spreadsheets put before the first, where it would hide a quote."""
    for number, line in enumerate(stream):
        yield line if number else line.removeprefix("\ufeff")
