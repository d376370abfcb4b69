"""What the studies' commands share: how questions are read, which finished run answers, how bad rows are named.

Only the standard library is imported, so that `retort --help` stays quick.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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
