"""`retort toy FORMULA`: the hardness of an alloy, from a trained run.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse

from retort.asking import AskError, add_options, best_runs, print_json, read_run, usable
from retort.sealed import read_tensors

# Of several finished runs, the first of these that exists answers.
PREFERRED = ("borrowed", "ridge")


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `toy` to the `retort` command line."""
    parser = subparsers.add_parser("toy", help="predict the hardness of an alloy from its formula")
    parser.add_argument("formula", help="e.g. Fe60Ni40")
    add_options(parser, run="a finished run of this study (default: the best one under data/runs)")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Print the hardness of one alloy; 0 when answered.

    Raises:
        AskError: the formula cannot be read, or there is no run that can be used.
    """
    from retort.chemistry.composition import FormulaError, fraction_matrix, parse
    from retort.datasets.views.toy_fractions import ELEMENTS

    try:
        fractions = fraction_matrix([parse(arguments.formula)], ELEMENTS)
    except (FormulaError, ValueError) as error:
        raise AskError(str(error)) from None
    folder = arguments.folder or best_runs("toy", PREFERRED, seed=0)[0]
    read_run("toy", folder)
    with usable("toy", folder):
        coefficients = read_tensors(folder / "model.safetensors")["coefficients"].numpy()
    hardness = float((fractions @ coefficients)[0])
    if arguments.json:
        print_json(
            {"formula": arguments.formula, "run": folder.as_posix(), "hardness": hardness, "unit": "GPa"}
        )
    else:
        print(f"{arguments.formula}: {hardness:.2f} GPa")
    return 0
