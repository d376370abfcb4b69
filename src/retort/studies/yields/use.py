"""`retort yield REACTION`: the yield that a trained model expects, how sure it is, and what is known that is similar.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse

from retort.asking import AskError, add_input, add_options, asked, tell
from retort.studies.yields.given import REACTION, parts_of, read

# The model that `make model NAME=yield` makes, at the place of this name, or on this split of the data set of
# NAME=yield/<data set>: the variant that the scale's record says did best on validation. Literals only.
MODELS = {"yield": {"place": "bh", "split": "random", "variants": ["mpnn", "mpnn-short", "boosting"]}}
# What a table is answered with, after its own columns.
COLUMNS = ("mean", "sigma", "low", "high", "unseen", "lacks", "nearest", "similarity", "nearest_yield")


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `yield` to the `retort` command line."""
    parser = subparsers.add_parser(
        "yield",
        help="predict the yield of a reaction, with an interval and the nearest known reactions",
        description="Predict the yield of reactions, in percent, as a model learned it from plates of reactions: a "
        "network, or boosted trees or neighbours by reaction fingerprints. A reaction is all that goes in, and what "
        'comes out: "halide.amine.pd.ligand.base.additive>>product". The variant that answers is picked, and its '
        "intervals are calibrated, by the same rows of valid, so that the latter may be a little too narrow: how much "
        "they hold of the test set is said with each answer. A reaction is outside what the model knows where it has "
        "a component that no training reaction had, or where the nearest one is less alike than for 99 of 100 "
        "reactions of valid.",
    )
    add_input(parser, REACTION)
    parser.add_argument(
        "--dataset",
        help="answer with a model of this data set, e.g. suzuki (default: the one that knows most of what is asked); "
        "of your own, a .csv without reactions may have the columns that its YAML names",
    )
    parser.add_argument(
        "-k", type=int, default=3, metavar="K", help="nearest training reactions that are shown (default: 3)"
    )
    add_options(parser, run="one finished run (default: all seeds of the variant that did best on valid)")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Answer each reaction; 0 when all could be answered, 1 when some could not."""
    if arguments.k < 0:
        raise AskError(f"-k {arguments.k}: expected a number of reactions. Hint: 0 shows none")
    # These need torch and the like, for which `retort --help` does not wait.
    from retort.studies.yields.trained import Yield

    if arguments.folder is None and arguments.dataset is None:
        given = asked(arguments, REACTION)
        trained = Yield.best(None, read(given))
    else:
        run = arguments.folder
        trained = Yield.best(arguments.dataset) if run is None else Yield.of(run, arguments.dataset)
        given = asked(arguments, REACTION, parts_of(trained.records[0]["dataset"], trained.roots[0]))
    return tell(
        trained.answer(given, arguments.k),
        REACTION,
        arguments,
        model=trained.description,
        notes=[trained.in_words()],
        columns=COLUMNS,
    )
