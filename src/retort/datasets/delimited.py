"""Tables in text files, row by row, so that a bad row can be named."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from retort.datasets.errors import SchemaError


class Broken(NamedTuple):
    """A row that does not fit the head: its text, and what is wrong with it."""

    value: str
    reason: str


def records(
    file: Path, columns: Sequence[str], separator: str = ","
) -> Iterator[tuple[int, dict[str, str] | Broken]]:
    """Each row that is not blank: its number, from 0 below the head, and its cells by column, or what is wrong with it.

    Args:
        file: with a head, in UTF-8; `.gz` is read as such.
        columns: that the table must have, each once.

    Raises:
        SchemaError: the file is missing or damaged, or lacks a column. A quote that is opened and not closed would
            swallow the rows below it, so that it spoils the file, not the row.
    """
    if not file.is_file():
        raise SchemaError(f"{file} does not exist. Hint: name it under `files` of the data set's YAML.")
    opened = gzip.open if file.suffix == ".gz" else open
    line = 1
    try:
        # Spreadsheet programs put a mark of the byte order before the head: "sig".
        with opened(file, "rt", encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream, delimiter=separator, strict=True)
            head = [name.strip() for name in next(rows, [])]
            for column in columns:
                if head.count(column) != 1:
                    has = "no column" if column not in head else f"{head.count(column)} columns"
                    raise SchemaError(
                        f"{file} has {has} {column!r}; it has {', '.join(head)}. Hint: check the data set's YAML."
                    )
            line = rows.line_num + 1
            for row, cells in enumerate(rows):
                line = rows.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(head):
                    reason = f"the row has {len(cells)} cells, the head {len(head)}"
                    yield row, Broken(separator.join(cells), reason)
                else:
                    yield row, dict(zip(head, cells, strict=True))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise SchemaError(
            f"{file} cannot be read as a table from line {line} on: {error}. "
            "Hint: is it the right file, in UTF-8, with every quote closed?"
        ) from error
