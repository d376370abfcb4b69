"""`retort precursors FORMULA ...`: which powders to mix, from a trained run.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse

from retort.asking import AskError, Kind, add_input, add_options, asked, tell, uncommented

# The model that `make model NAME=..` makes: the variant that did best on validation of those for which one network
# is trained, at the place of this name, or on this split of the data set of NAME=precursors/<data set>. Literals only.
MODELS = {"precursors": {"place": "ceder", "split": "family", "variants": ["combined"]}}
TARGET = Kind("target", ("target", "formula", "composition"), "Li7La3Zr2O12", uncommented)


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `precursors` to the `retort` command line."""
    parser = subparsers.add_parser(
        "precursors",
        help="suggest sets of solid precursors for a target composition",
        description="Suggest sets of solid precursors for targets, with the nearest known targets, by the run that did "
        "best on validation. `right` is how often a set of this rank was reported for targets of validation that are "
        "as near to a known target (in four groups), with a 90 % interval; an unreported set may work, "
        "too. A target is called outside what the model knows where the nearest known one is less alike than for 99 of "
        "100 targets of validation, or where an element was never met. A target is no precursor of itself.",
    )
    add_input(parser, TARGET)
    parser.add_argument(
        "-k", "--count", type=int, default=5, metavar="K", help="how many sets, 1 to 50 (default 5)"
    )
    parser.add_argument(
        "--dataset",
        help="answer with a model of this data set, such as one of your own (default: the largest)",
    )
    add_options(parser, run="a finished run of this study (default: the one that did best on valid)")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Print the suggestions for each target; 0 when all could be answered, 1 when some could not.

    Raises:
        AskError: the count or the run is of no use.
    """
    if not 1 <= arguments.count <= 50:
        raise AskError(f"-k {arguments.count}: expected a number of sets from 1 to 50")
    given = asked(arguments, TARGET)
    # These need torch and the like, for which `retort --help` does not wait.
    from retort.studies.precursors.ask import columns
    from retort.studies.precursors.trained import Precursors

    folder, dataset = arguments.folder, arguments.dataset
    model = Precursors.best(dataset) if folder is None else Precursors.of(folder, dataset)
    answers = model.answer(given, arguments.count)
    return tell(
        answers,
        TARGET,
        arguments,
        model=model.description,
        notes=model.notes(),
        columns=columns(arguments.count),
    )
