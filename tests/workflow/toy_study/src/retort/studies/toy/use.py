"""`retort toy FORMULA ...`: the hardness of alloys, by the best trained model.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse

from retort.asking import Kind, add_input, add_options, asked, tell, uncommented

# The run that `make model NAME=toy` makes: of these variants the one that did best on validation. Literals only.
MODELS = {"toy": {"place": "alloys", "variants": ["borrowed", "ridge"]}}
FORMULA = Kind("formula", ("formula", "composition"), "Fe60Ni40", uncommented)


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `toy` to the `retort` command line."""
    parser = subparsers.add_parser("toy", help="predict the hardness of alloys from their formulas")
    add_input(parser, FORMULA)
    add_options(parser, run="one finished run (default: all seeds of the variant that did best on valid)")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Answer each formula; 0 when all could be answered, 1 when some could not."""
    given = asked(arguments, FORMULA)
    # This needs polars and the like, for which `retort --help` does not wait.
    from retort.studies.toy.hardness import COLUMNS, Hardness

    model = Hardness.best() if arguments.folder is None else Hardness.of(arguments.folder)
    answers = model.answer(given)
    return tell(answers, FORMULA, arguments, model=model.description, notes=model.notes(), columns=COLUMNS)
