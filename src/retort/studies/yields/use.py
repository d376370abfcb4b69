"""`retort yield REACTION`: the yield that a trained network expects, how sure it is, and what is known that is similar.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse
import csv
import sys
from typing import TYPE_CHECKING

from retort.asking import AskError, add_options, name_bad, print_json
from retort.studies.yields.given import COLUMN, EXAMPLE, Given, composed, read, rows_of_file

if TYPE_CHECKING:
    from retort.studies.yields.ask import Answer

NAMED_AT_MOST = 20  # bad rows of a file; the others are counted
# The columns that a CSV is answered with, after its own.
ADDED = ("mean", "sigma", "low", "high", "unseen", "lacks", "nearest", "similarity", "nearest_yield", "error")


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `yield` to the `retort` command line."""
    parser = subparsers.add_parser(
        "yield",
        help="predict the yield of a reaction, with an interval and the nearest known reactions",
        description="Predict the yield of reactions, in percent, as a network learned it from plates of reactions. "
        "The variant that answers is picked, and its intervals are calibrated, by the same rows of valid, so that the "
        "latter may be a little too narrow: how much they hold of the test set is said with each answer.",
    )
    parser.add_argument(
        "reactions",
        nargs="*",
        metavar="REACTION",
        help=f'all that goes in, and what comes out: "halide.amine.pd.ligand.base.additive>>product", as "{EXAMPLE}"; '
        "in quotes; - reads standard input",
    )
    parser.add_argument(
        "--file", help="reactions, one a line; a .csv is answered with a .csv that keeps its columns"
    )
    parser.add_argument("--column", help=f"of --file as CSV, which has the reactions (default: {COLUMN})")
    parser.add_argument(
        "--dataset",
        help="answer with a model of this data set, e.g. suzuki (default: the one that knows most of what is asked)",
    )
    parser.add_argument(
        "-k", type=int, default=3, metavar="K", help="nearest training reactions that are shown (default: 3)"
    )
    add_options(
        parser, run="one finished run of a network (default: all seeds of the variant that did best on valid)"
    )
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Answer each reaction; 0 when all could be answered, 1 when some could not."""
    given = _given(arguments)
    if not given:
        raise AskError(f'no reaction given. Hint: name some, e.g. "{EXAMPLE}", or --file reactions.csv')
    if arguments.k < 0:
        raise AskError(f"-k {arguments.k}: expected a number of reactions. Hint: 0 shows none")
    # These need torch and the like, for which `retort --help` does not wait.
    from retort.studies.yields.ask import answer
    from retort.studies.yields.trained import Trained

    fragments = read(given)
    if arguments.folder is None:
        trained = Trained.best(arguments.dataset, fragments)
    else:
        trained = Trained.named(arguments.folder, arguments.dataset)
    answers = answer(composed(fragments, trained.taught.known), trained, arguments.k)
    bad = [(each.row, each.asked, each.error) for each in answers]
    if arguments.json:
        print_json({"model": trained.description(), "predictions": [each.to_json() for each in answers]})
        return 1 if any(error for *_, error in bad) else 0
    print(f"note: {trained.in_words()}", file=sys.stderr)
    if given[0].cells:
        _print_table(answers)
    else:
        for each in answers:
            for line in each.lines():
                print(line)
    return name_bad(bad, NAMED_AT_MOST)


def _given(arguments: argparse.Namespace) -> list[Given]:
    """The rows of the command line, where `-` is standard input, then of the file; without both, what is piped in."""
    rows: list[Given] = []
    for text in arguments.reactions:
        rows += rows_of_file("-", arguments.column) if text == "-" else [Given(text.strip())]
    if arguments.file is not None:
        rows += rows_of_file(arguments.file, arguments.column)
    elif not arguments.reactions and not sys.stdin.isatty():
        rows += rows_of_file("-", arguments.column)
    mixed = {tuple(row.cells) for row in rows}
    if len(mixed) > 1 and not arguments.json:
        raise AskError(
            "a table and other reactions at once cannot be answered with one table. Hint: ask twice, or add --json"
        )
    taken = [name for name in next(iter(mixed), ()) if name in ADDED]
    if taken and not arguments.json:
        raise AskError(
            f"the column {taken[0]!r} of the table is one that the answer adds. Hint: rename it, or add --json"
        )
    return rows


def _print_table(answers: list["Answer"]) -> None:
    """The table that was given, with the columns that are added."""
    writer = csv.DictWriter(sys.stdout, [*answers[0].cells, *ADDED], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(each.to_cells() for each in answers)
