"""Answers as a user gets them: lines of text, a table that keeps all columns, or JSON."""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from retort.asking.questions import Given, Kind
from retort.asking.tables import AskError
from retort.files import write_whole

NAMED_AT_MOST = 20  # bad rows of a file; the others are counted


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said of one asked row; or what is wrong with it.

    Attributes:
        row: among all that were asked, counted from 1.
        warnings: what a user must know of this answer, such as that its question is unlike all that was learned from.
    """

    row: int
    given: Given
    error: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Of the row, as its file counts; where it is of none, as all that were asked are counted."""
        return self.row if self.given.row is None else self.given.row

    def told(self) -> dict:
        """What is answered, for programs."""
        return {}

    def added(self) -> dict[str, str]:
        """What is answered, as cells of a table."""
        return {}

    def rows(self) -> list[dict[str, str]]:
        """The same in several rows, where there is so much to tell."""
        return [self.added()]

    def lines(self) -> Iterator[str]:
        """What is answered, for people."""
        yield from ()

    def to_json(self, kind: Kind) -> dict:
        """All of it, for programs."""
        own: dict = {"row": self.number, kind.name: self.given.text}
        own |= {"columns": self.given.cells} if self.given.cells else {}
        return own | (
            {"error": self.error} if self.error else {**self.told(), "warnings": list(self.warnings)}
        )


def tell(
    answers: Sequence[Answer],
    kind: Kind,
    arguments: argparse.Namespace,
    *,
    model: dict,
    notes: Iterable[str],
    columns: Sequence[str],
) -> int:
    """Print answers as asked for, notes and bad rows on standard error; 0, or 1 if a row has no answer.

    Rows that came from a table, or go to a file, are told as a table: all columns of the user, then `columns`.

    Args:
        model: which model answers, for programs; `notes` are the same for people.
        columns: keys of `Answer.added`, or of each of `rows`, in order; `warning` and `error` follow.
    """
    if arguments.json:
        if arguments.output is not None:
            raise AskError(f"-o {arguments.output}: it is a table. Hint: leave out --json, or -o")
        print_json({"model": model, "predictions": [answer.to_json(kind) for answer in answers]})
        return int(any(answer.error for answer in answers))
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    if arguments.output is not None or answers[0].given.cells:
        write_output(table(answers, kind, columns), arguments.output)
    else:
        for answer in answers:
            if answer.error is None:
                for line in answer.lines():
                    print(line)
                for warning in answer.warnings:
                    print(f"   {warning}")
    return name_bad(((one.number, one.given.text, one.error) for one in answers), NAMED_AT_MOST)


def table(answers: Sequence[Answer], kind: Kind, columns: Sequence[str]) -> str:
    """The user's table, or one of what was asked, with the columns that are answered; a name that is taken there gets
    `retort_` before it."""
    own = list(answers[0].given.cells) or [kind.name]
    named: dict[str, str] = {}
    for name in (*columns, "warning", "error"):
        named[name] = name
        while named[name] in own:
            named[name] = f"retort_{named[name]}"
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [*own, *named.values()], restval="", lineterminator="\n")
    writer.writeheader()
    for answer in answers:
        given = answer.given.cells or {kind.name: answer.given.text}
        ends = {"warning": "; ".join(answer.warnings), "error": answer.error or ""}
        for cells in (answer.rows() if answer.error is None else []) or [{}]:
            writer.writerow(given | {named[name]: cell for name, cell in (cells | ends).items()})
    return stream.getvalue()


def write_output(text: str, output: Path | None) -> None:
    """Write a table to a file, which is then said, or to standard output.

    Raises:
        AskError: the file cannot be written.
    """
    if output is None:
        print(text, end="")
        return
    try:
        output.parent.resolve(strict=True)  # a folder that is misspelt is not to be made
        write_whole(output, text)
    except OSError as error:
        raise AskError(f"{output}: {error.strerror or error}") from None
    print(f"note: the answers are in {output}", file=sys.stderr)


def name_bad(rows: Iterable[tuple[int, str, str | None]], at_most: int | None = None) -> int:
    """Name the rows (number, text, error) with an error on standard error; 1 if there are any, else 0."""
    bad = [row for row in rows if row[2]]
    for number, text, error in bad[:at_most]:
        print(f"row {number}: {text or '(empty)'}: {error}", file=sys.stderr)
    if at_most is not None and len(bad) > at_most:
        print(f"... and {len(bad) - at_most} more rows that cannot be read", file=sys.stderr)
    return 1 if bad else 0


def print_json(answer: dict) -> None:
    """Print an answer for other programs."""
    print(json.dumps(answer, indent=1, ensure_ascii=False))


def likeness(similarity: float, same: bool, digits: int = 2) -> str:
    """A similarity of at most 1 as text; that of two things that are not the same is never rounded to 1."""
    highest = 1.0 if same else 1 - 10**-digits
    return f"{min(similarity, highest):.{digits}f}"
