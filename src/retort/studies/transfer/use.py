"""`retort formation-energy`, `band-gap` and `formula-property`: what the best trained model predicts from formulas.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

import argparse
from functools import partial

from retort.asking import Kind, add_input, add_options, asked, tell, uncommented

# What a command predicts: the class that answers, and what it is called.
COMMANDS = {
    "formation-energy": ("FormationEnergy", "formation energy per atom"),
    "band-gap": ("BandGap", "band gap"),
    "formula-property": ("FormulaProperty", "property that a data set measures"),
}
# The model that `make model NAME=..` makes: the variant that did best on validation of those that take some minutes, at
# the place of this name, or on such a split of the data set of NAME=formula-property/<data set>. Literals only.
MODELS = {
    "formation-energy": {"place": "mp-formation", "variants": ["crabnet-gentle"]},
    "band-gap": {"place": "mp-gap", "variants": ["ts-crabnet-boosting", "crabnet"]},
    "formula-property": {"split": "composition-*", "variants": ["boosting"]},
}
FORMULA = Kind("formula", ("formula", "composition"), "LiFePO4", uncommented)


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands to the `retort` command line."""
    for name, (answering, what) in COMMANDS.items():
        parser = subparsers.add_parser(
            name,
            help=f"predict the {what} from a formula",
            description=f"Predict the {what} of materials from their formulas alone, by the model that did best on "
            "validation, with a 90 % interval (split conformal, by the same rows of validation, so that it may be a "
            "little too narrow) and the nearest training materials. Similarity is the share of atoms in common. A "
            "formula is called outside what the model knows where the nearest training material is less alike than "
            "for 99 of 100 validation compositions, or where an element was never met.",
        )
        if name == "formula-property":
            parser.add_argument(
                "dataset", metavar="DATASET", help="one that models were trained on, such as one of your own"
            )
            parser.add_argument(
                "--property",
                dest="target",
                metavar="NAME",
                help="as the data set calls it (default: the only one that models have learned)",
            )
        add_input(parser, FORMULA)
        add_options(parser, run="one finished run (default: all seeds of the variant that did best on valid)")
        parser.set_defaults(run=partial(command, answering), dataset=None, target=None)


def command(answering: str, arguments: argparse.Namespace) -> int:
    """Answer each formula; 0 when all could be answered, 1 when some could not."""
    given = asked(arguments, FORMULA)
    # These need torch and the like, for which `retort --help` does not wait.
    from retort.studies.transfer import properties
    from retort.studies.transfer.ask import COLUMNS

    kind: type[properties.StudyProperty | properties.FormulaProperty] = getattr(properties, answering)
    model: properties.Trained
    if arguments.folder is not None:
        model = kind.of(arguments.folder, arguments.dataset)
    elif issubclass(kind, properties.FormulaProperty):
        model = kind.best(arguments.dataset, arguments.target)
    else:
        model = kind.best()
    answers = model.answer(given)
    return tell(answers, FORMULA, arguments, model=model.description, notes=model.notes(), columns=COLUMNS)
