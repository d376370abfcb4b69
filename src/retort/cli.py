"""The `retort` command: each study adds its own subcommand."""

import argparse
import importlib
import pkgutil
import sys

from retort import __version__, studies


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 0 done, 2 a mistake in what was asked."""
    parser = argparse.ArgumentParser(
        prog="retort", description="Use the models that Retort's studies trained."
    )
    parser.add_argument("--version", action="version", version=f"retort {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for package in pkgutil.iter_modules(studies.__path__):
        # Light by contract: a study's use.py imports torch and the like only when its command runs.
        importlib.import_module(f"retort.studies.{package.name}.use").add_command(subparsers)
    parsed = parser.parse_args(arguments)
    return parsed.run(parsed)


if __name__ == "__main__":
    sys.exit(main())
