"""`retort property DATASET SMILES ...`: what trained models predict of a data set's labels.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

import argparse

from retort.asking import add_input, add_options, asked, tell
from retort.studies.molecules.given import MOLECULE


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `property` to the `retort` command line."""
    parser = subparsers.add_parser(
        "property",
        help="predict the labels of a data set for a molecule",
        description="Predict what a data set measures, such as bbbp or esol, for molecules given as SMILES, by the "
        "model that did best on validation, of whatever kind. Numbers have a 90 % interval, classes the set of those "
        "that are likely enough (conformal, by the same rows of validation, whose scaffolds differ from those of "
        "training; how much of the test set they hold is said). A molecule is called outside what the model knows "
        "where its nearest training molecule (Tanimoto, Morgan fingerprints) is less alike than for 99 of 100 "
        "molecules of validation.",
    )
    parser.add_argument("dataset", metavar="DATASET", help="e.g. bbbp: one that models were trained on")
    add_input(parser, MOLECULE)
    add_options(parser, run="one finished run (default: all seeds of the variant that did best on valid)")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Answer each molecule; 0 when all could be answered, 1 when some could not."""
    given = asked(arguments, MOLECULE)
    # These need torch and the like, for which `retort --help` does not wait.
    from retort.studies.molecules.ask import columns
    from retort.studies.molecules.trained import Property

    if arguments.folder is None:
        model = Property.best(arguments.dataset)
    else:
        model = Property.of(arguments.folder, arguments.dataset)
    answers = model.answer(given)
    return tell(
        answers, MOLECULE, arguments, model=model.description, notes=model.notes(), columns=columns(model)
    )
