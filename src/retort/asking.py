"""What the studies' commands share: how questions are read, which finished run answers, how bad rows are named.

Only the standard library is imported, so that `retort --help` stays quick.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retort.sealed import read_json

# What a run.json must say, so that a run can be chosen and used.
NAMED = {"study", "dataset", "split", "variant", "seed", "generated", "inputs", "settings"}


class AskError(ValueError):
    """Nothing can be answered; the message is the one line that the user sees."""


def add_options(parser: argparse.ArgumentParser, run: str) -> None:
    """Add `--json`, and `--run` with this help; its value is `folder`, as `run` is the command itself."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--run", type=Path, metavar="FOLDER", dest="folder", help=run)


def asked(
    given: list[str], file: str | None, read: Callable[..., list[str]], *options: str | None
) -> list[str]:
    """The rows of the command line, where `-` is standard input, then of a file; without both, what is piped in.

    `read(name, *options)` gives the rows of a file, or of standard input as `-`; for a given `-`, without options.
    """
    rows = []
    for text in given:
        rows += read("-") if text == "-" else [text]
    if file is not None:
        rows += read(file, *options)
    elif not given and not sys.stdin.isatty():
        rows += read("-", *options)
    return rows


def read_file(file: str, read: Callable[[Iterable[str]], list[str]]) -> list[str]:
    """What `read` finds in the lines of a file, or of standard input (`-`).

    Raises:
        AskError: it cannot be read.
    """
    try:
        if file == "-":
            return read(sys.stdin)
        with Path(file).open(encoding="utf-8", newline="") as stream:
            return read(stream)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AskError(f"{file}: {getattr(error, 'strerror', None) or error}") from None


@dataclass(frozen=True)
class Table:
    """A CSV as the user gave it.

    Attributes:
        file: what it is called in messages.
        header: names of its columns, in order.
        rows: those below the header, each as long as it: what a short one lacks is empty. Blank lines are none.
    """

    file: str
    header: list[str]
    rows: list[list[str]]

    @classmethod
    def read(cls, stream: Iterable[str], file: str) -> "Table":
        """The table in the lines of a file, or of standard input (`-`); without any, one without columns.

        Raises:
            AskError: a row has more cells than the header, so that they cannot be told apart.
        """
        named = "standard input" if file == "-" else file
        # A spreadsheet counts blank lines, too, but a cell that goes on in the next line is of one row.
        rows = [(number, row) for number, row in enumerate(csv.reader(_unmarked(stream)), start=1) if row]
        if not rows:
            return cls(named, [], [])
        header = [name.strip() for name in rows[0][1]]
        for number, row in rows[1:]:
            if len(row) > len(header):
                raise AskError(
                    f"{named}: row {number}, as a spreadsheet counts, has {len(row)} cells, expected the {len(header)} "
                    f"of the header: {','.join(row)!r}. Hint: a cell with a comma stands in quotation marks"
                )
        return cls(named, header, [row + [""] * (len(header) - len(row)) for _, row in rows[1:]])

    def place(self, column: str | None, usual: tuple[str, ...], has: str) -> int:
        """Where the column is that the user named, or else the first of the usual ones.

        Args:
            has: what is in it, for the hint.

        Raises:
            AskError: there is none, or there are two.
        """
        wanted = column or next((name for name in usual if name in self.header), usual[0])
        if wanted not in self.header:
            raise AskError(
                f"{self.file}: it has no column {wanted!r}, but {', '.join(self.header)}. "
                f"Hint: say with --column which one has the {has}"
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


# Finished runs


def runs(study: str) -> Path:
    """Where the finished runs of a study are, seen from the project's folder."""
    return Path("data/runs") / study


def train_hint(study: str) -> str:
    """The command that makes such runs."""
    return f"snakemake {study} --config scale=laptop"


def finished_runs(study: str) -> list[tuple[Path, dict]]:
    """Folder and run.json of every finished run of a study, in the order of their folders.

    What a run is stands in its run.json. A torn one, or one of an older version, which says less, is left out.
    """
    finished = []
    for path in sorted(runs(study).rglob("run.json")):
        try:
            record = read_json(path)
        except (OSError, ValueError):
            continue
        if record.keys() >= NAMED and record["study"] == study:
            finished.append((path.parent, record))
    return finished


def best_runs(
    study: str, preferred: tuple[str, ...], *, split: str | None = None, seed: int | None = None
) -> list[Path]:
    """All seeds of the run that answers: real data before generated, the largest data set, the preferred variant.

    Args:
        preferred: variants that can answer, the best first.
        split, seed: only runs on this split, or of this seed.

    Raises:
        AskError: no preferred variant has been trained yet.
    """
    able = [
        (folder, record)
        for folder, record in finished_runs(study)
        if record["variant"] in preferred
        and (split is None or record["split"] == split)
        and (seed is None or record["seed"] == seed)
    ]
    if not able:
        which = f" on the split {split}" if split else ""
        raise AskError(
            f"no trained model{which} under {runs(study)}. Hint: train one with: {train_hint(study)}"
        )

    def standing(record: dict) -> tuple:
        prepared = Path(record["inputs"]["prepared"])
        size = prepared.stat().st_size if prepared.exists() else 0
        rank = preferred.index(record["variant"])
        return record["generated"], -size, rank, record["dataset"], record["split"]

    best = min(standing(record) for _, record in able)
    return [folder for folder, record in able if standing(record) == best]


def read_run(study: str, folder: Path) -> dict:
    """The run.json of a run that the user named.

    Raises:
        AskError: there is none, it is torn, or the run is of another study.
    """
    path = folder / "run.json"
    if not path.exists():
        raise AskError(f"--run {folder}: it has no run.json. Hint: train it with: {train_hint(study)}")
    with usable(study, folder):
        record = read_json(path)
        missing = sorted(NAMED - record.keys())
        if missing:
            raise KeyError(missing[0])
    if record["study"] != study:
        raise AskError(
            f"--run {folder}: it is a run of the study {record['study']}, expected {study}. "
            f"Hint: choose a folder under {runs(study)}"
        )
    return record


def project(folder: Path, record: dict) -> Path | None:
    """The project that a run is of: the nearest folder above it that holds the run's prepared table; None: it is gone.

    The paths of a run.json are relative to it.
    """
    above = folder.absolute().parents
    return next((root for root in above if (root / record["inputs"]["prepared"]).exists()), None)


@contextmanager
def usable(study: str, folder: Path) -> Iterator[None]:
    """Say in one line that a run, or the model in it, cannot be used."""
    try:
        yield
        return
    except AskError:
        raise
    except KeyError as error:
        trouble = f"it lacks {error}; an older version made it"
    except FileNotFoundError as error:
        trouble = f"{error.filename or error} is gone"
    except (OSError, ValueError, RuntimeError) as error:
        trouble = (str(error).splitlines() or [type(error).__name__])[0].split(" Hint: ")[0].rstrip(":. ")
    raise AskError(
        f"{folder}: it cannot be used: {trouble}. "
        f"Hint: choose another run, or delete this one and make it again with: {train_hint(study)}"
    )
