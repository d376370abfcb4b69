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


class AskError(ValueError):
    """Nothing can be answered; the message is the one line that the user sees."""


def add_options(parser: argparse.ArgumentParser, run: str) -> None:
    """Add `--json`, and `--run` with this help; its value is `folder`, as `run` is the command itself."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--run", type=Path, metavar="FOLDER", dest="folder", help=run)


def asked(given: list[str], file: str | None, read: Callable[..., list[str]], *options) -> list[str]:
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


# Finished runs: data/runs/{study}/{dataset}/{split}/{variant}/seed{n}


def runs(study: str) -> Path:
    """Where the finished runs of a study are, seen from the project's folder."""
    return Path("data/runs") / study


def train_hint(study: str) -> str:
    """The command that makes such runs."""
    return f"snakemake {study} --config scale=laptop"


def best_runs(
    study: str,
    preferred: tuple[str, ...],
    generated: Callable[[str], bool],
    *,
    split: str = "*",
    seed: str = "*",
) -> list[Path]:
    """All seeds of the run that answers: real data before generated, the largest data set, the preferred variant.

    Args:
        generated: whether a data set of this name is a generated one.

    Raises:
        AskError: no preferred variant has been trained yet.
    """
    found = {path.parents[1] for path in runs(study).glob(f"*/{split}/*/seed{seed}/run.json")}
    found = {variant for variant in found if variant.name in preferred}
    if not found:
        place = runs(study) / "*" / split
        raise AskError(f"no trained model under {place}. Hint: train one with: {train_hint(study)}")

    def standing(variant: Path) -> tuple:
        dataset = variant.parents[1].name
        prepared = Path(f"data/prepared/{dataset}.parquet")
        size = prepared.stat().st_size if prepared.exists() else 0
        return generated(dataset), -size, preferred.index(variant.name), variant.as_posix()

    return sorted(path.parent for path in min(found, key=standing).glob(f"seed{seed}/run.json"))


def read_run(study: str, folder: Path) -> dict:
    """The run.json of a run that the user named.

    Raises:
        AskError: there is none, or it is torn.
    """
    path = folder / "run.json"
    if not path.exists():
        raise AskError(f"--run {folder}: it has no run.json. Hint: train it with: {train_hint(study)}")
    with usable(study, folder):
        return json.loads(path.read_text())


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
        trouble = (str(error).splitlines() or [type(error).__name__])[0].rstrip(":. ")
    raise AskError(
        f"{folder}: it cannot be used: {trouble}. "
        f"Hint: choose another run, or make it again with: {train_hint(study)}"
    )
