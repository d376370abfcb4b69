"""Questions as a user gives them: words of the command line, lines of text, tables with a header."""

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from retort.asking.tables import AskError, Table, read_file


@dataclass(frozen=True)
class Given:
    """One row as it was given: what is asked, and all cells of its row if it stood in a table.

    Attributes:
        row: its number in its file: in a table as a spreadsheet counts, the head being row 1, else that of its line.
    """

    text: str
    cells: dict[str, str] = field(default_factory=dict)
    row: int | None = None


@dataclass(frozen=True)
class Kind:
    """What a command is asked about.

    Attributes:
        name: such as `formula`; also of the column where a table is written of what was no table.
        columns: usual names of its column, the first of which that a table has is read.
        example: for hints.
        of_line: what of a line of text is asked; None for a line that asks nothing.
    """

    name: str
    columns: tuple[str, ...]
    example: str
    of_line: Callable[[str], str | None] = str.strip

    @property
    def several(self) -> str:
        return f"{self.name}s"


@dataclass(frozen=True)
class Parts:
    """Columns that a question is put together from, in a table that has none for the whole of it.

    Attributes:
        columns: all of them.
        of: the data set whose columns they are.
        together: what is asked, from the cells of a row by column.
    """

    columns: tuple[str, ...]
    of: str
    together: Callable[[dict[str, str]], str]


def first_word(line: str) -> str:
    """What a .smi file has: a SMILES, then perhaps a name."""
    return (line.split() or [""])[0]


def uncommented(line: str) -> str | None:
    """A line without blanks around it; None of an empty one and of a comment."""
    return line.strip() or None if not line.startswith("#") else None


def add_options(parser: argparse.ArgumentParser, run: str) -> None:
    """Add `--json`, and `--run` with this help; its value is `folder`, as `run` is the command itself."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--run", type=Path, metavar="FOLDER", dest="folder", help=run)


def add_input(
    parser: argparse.ArgumentParser,
    kind: Kind,
    *,
    words: bool = True,
    output: str = "",
    what: str = "the answers as a table",
) -> None:
    """Add what is asked, `--file`, `--column` and `-o`, the same for every command.

    Args:
        words: whether questions are words of the command line, as `asked`, with `--file` beside them.
        output: what the file of `-o`, which must then be named, is called.
        what: what is written there.
    """
    if words:
        parser.add_argument(
            "asked",
            nargs="*",
            metavar=kind.name.upper(),
            help=f"e.g. {kind.example}, in quotes where the shell would read it; - reads standard input",
        )
        parser.add_argument(
            "--file",
            metavar="FILE",
            help=f"{kind.several}, one a line; a .csv is answered with a .csv that keeps its columns",
        )
    parser.add_argument(
        "--column",
        help=f"of a .csv, which has the {kind.several} (default: {' or '.join(kind.columns)}, in whatever case, "
        "which is then said); makes any file, and -, a .csv",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=bool(output),
        metavar=output or "OUT.csv",
        help=f"a file that {what} is written to",
    )


def asked(arguments: argparse.Namespace, kind: Kind, parts: Parts | None = None) -> list[Given]:
    """What a command line asks: its words, where `-` is standard input, then its file; without both, what is piped in.

    Args:
        parts: for `rows_of_file`.

    Raises:
        AskError: nothing was asked, a file cannot be read, or a table is mixed with other questions.
    """
    sources = [
        rows_of_file("-", arguments.column, kind) if text == "-" else [Given(text.strip())]
        for text in arguments.asked
    ]
    if arguments.file is not None:
        sources.append(rows_of_file(arguments.file, arguments.column, kind, parts))
    elif not arguments.asked and not sys.stdin.isatty():
        sources.append(rows_of_file("-", arguments.column, kind))
    # A number in a file names a row where there is nothing else.
    rows = [row if len(sources) == 1 else replace(row, row=None) for source in sources for row in source]
    if not rows:
        raise AskError(
            f'no {kind.name} given. Hint: name some, e.g. "{kind.example}", or --file {kind.several}.csv'
        )
    if len({tuple(row.cells) for row in rows}) > 1 and not arguments.json:
        raise AskError(
            f"a table and other {kind.several} at once cannot be answered with one table. "
            "Hint: ask twice, or add --json"
        )
    return rows


def rows_of_file(file: str, column: str | None, kind: Kind, parts: Parts | None = None) -> list[Given]:
    """The rows of a file or of standard input (`-`), in order; one that asks nothing may be among them.

    A .csv file, or anything with a `column`, is a table with a header. Else there is one a line; empty lines at the
    end are none. A column that nobody named is said on standard error.

    Args:
        parts: what is read where no column was named, and the table has none of a usual name.

    Raises:
        AskError: the file cannot be read, lacks the column, has a row that is longer than its header, or is empty.
    """

    def read(stream: Iterable[str]) -> list[Given]:
        if column is None and not file.lower().endswith(".csv"):
            return _lines(stream, kind)
        table = Table.read(stream, file)
        if not table.header:
            return []
        rows = table.cells()
        if (
            column is None
            and parts is not None
            and not {name.lower() for name in table.header} & {*kind.columns}
        ):
            texts, named = _together(table, rows, kind, parts)
        else:
            wanted = table.header[table.place(column, kind.columns, kind.several)]
            texts, named = [cells[wanted].strip() for cells in rows], f"the column {wanted!r} is read"
        if column is None:
            print(f"note: {table.file}: {named}", file=sys.stderr)
        return [Given(*each) for each in zip(texts, rows, table.numbers, strict=True)]

    rows = read_file(file, read)
    if not rows:
        raise AskError(
            f"{file}: there is no {kind.name} in it. Hint: one a line, such as {kind.example}, or a .csv"
        )
    return rows


def _together(table: Table, rows: list[dict[str, str]], kind: Kind, parts: Parts) -> tuple[list[str], str]:
    """What the rows of a table ask by these parts, and what is said of it."""
    if lacks := [name for name in parts.columns if name not in table.header]:
        raise AskError(
            f"{table.file}: it has no column {kind.columns[0]!r}, and of those of {parts.of} it lacks "
            f"{', '.join(map(repr, lacks))}; it has {', '.join(table.header)}. "
            f"Hint: rename the others, or say with --column which one has the {kind.several}"
        )
    named = f"the columns {', '.join(map(repr, parts.columns))} are read, as {parts.of} has them"
    return [parts.together(cells) for cells in rows], named


def _lines(stream: Iterable[str], kind: Kind) -> list[Given]:
    asked = ((number, kind.of_line(line)) for number, line in enumerate(stream, start=1))
    rows = [Given(text, row=number) for number, text in asked if text is not None]
    while rows and not rows[-1].text:
        rows.pop()
    return rows
