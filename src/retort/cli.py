"""The `retort` command: the ledgers of claims and of numbers, scores, and what each study that has a `use.py` adds."""

import argparse
import importlib.util
import os
import pkgutil
import sys
from pathlib import Path

from retort import __version__, claims, scores, studies, trace
from retort.asking import AskError
from retort.files import DamagedFile


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 0 done, 1 some rows have no answer, 2 nothing could be answered.

    Whoever reads standard output may stop before its end, as `head` does: that is no error, and nothing is said of it.
    """
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()  # what is left in the buffer, while a pipe that was closed can still be met
    except BrokenPipeError:
        # Python tries once more as it ends, and would tell of its failure.
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return 0


def _run(arguments: list[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="retort",
        description="Use the models that Retort's studies trained; what others claimed; where each number is from.",
    )
    parser.add_argument("--version", action="version", version=f"retort {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    claims.add_command(subparsers)
    trace.add_command(subparsers)
    scores.add_command(subparsers)
    for package in pkgutil.iter_modules(studies.__path__):
        name = f"retort.studies.{package.name}.use"
        if importlib.util.find_spec(name) is not None:
            # Light by contract: a study's use.py imports torch and the like only when its command runs.
            importlib.import_module(name).add_command(subparsers)
    parsed = parser.parse_args(arguments)
    try:
        return parsed.run(parsed)
    except (AskError, DamagedFile) as error:
        print(f"retort {parsed.command}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
