"""Tables in text files, row by row, so that a bad row can be named."""

import csv
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from retort.datasets import archives
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
    line = 1
    try:
        # Spreadsheet programs put a mark of the byte order before the head: "sig".
        with io.TextIOWrapper(_binary(file), encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream, delimiter=separator, strict=True)
            head = [name.strip() for name in next(rows, [])]
            for column in columns:
                if head.count(column) != 1:
                    has = "no column" if column not in head else f"{head.count(column)} columns"
                    raise SchemaError(
                        f"{file} has {has} {column!r}; it has {', '.join(head)}. Hint: {_separated(head)}."
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
    except UnicodeDecodeError:
        line, byte = _undecodable(file)
        raise SchemaError(
            f"{file}: line {line} holds the byte 0x{byte:02x}, which is not UTF-8. "
            "Hint: save the table as UTF-8 (it may be Latin-1, or Excel's plain CSV)."
        ) from None
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise SchemaError(
            f"{file} cannot be read as a table from line {line} on: {error}. "
            "Hint: is it the right file, in UTF-8, with every quote closed?"
        ) from error


def _binary(file: Path) -> archives.Gzip | io.BufferedReader:
    return archives.Gzip(file) if file.suffix == ".gz" else file.open("rb")


def _separated(head: list[str]) -> str:
    """What to do about a head without a wanted column: seen as one cell, it may be separated by another sign."""
    found = next((sign for sign in (";", "\t", "|", ",") if len(head) == 1 and sign in head[0]), None)
    if found is None:
        return "check the data set's YAML"
    return (
        f"it looks separated by {found!r}; write `separator: {json.dumps(found)}` under settings of its YAML"
    )


def _undecodable(file: Path) -> tuple[int, int]:
    """The first line, from 1, that is not UTF-8, and the byte that is none."""
    with _binary(file) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, line[error.start]
    raise AssertionError(f"{file} is UTF-8 after all")
