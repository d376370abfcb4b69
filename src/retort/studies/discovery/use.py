"""`retort similar FORMULA`: the known materials that are most like one, with what was measured of them.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse
import sys

from retort.asking import AskError, add_options, print_json

COLUMNS = ("rank", "formula", "id", "prototype", "ElMD", "rank by mat2vec", "exchanged", "zT", "power factor")


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `similar` to the `retort` command line."""
    parser = subparsers.add_parser(
        "similar",
        help="list the known materials that are most like a formula, with what was measured of them",
        description="Rank the formulas of the pool by how far atoms must move along the Mendeleev number to make one "
        "of the other (ElMD), the best rule of recall that needs no language; beside it, the rank by mat2vec. "
        "zT is the best that was measured of the formula or of what was doped from it, the power factor is computed.",
    )
    parser.add_argument("formula", metavar="FORMULA", help="such as PbTe")
    parser.add_argument(
        "-k", type=int, default=20, metavar="K", help="materials that are shown (default: 20)"
    )
    add_options(parser, run="one finished recall (default: the one with the largest pool of real materials)")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Answer one formula; 0 when it could be answered."""
    if arguments.k < 1:
        raise AskError(f"-k {arguments.k}: expected a number of materials. Hint: -k 20")
    # These need NumPy and the like, for which `retort --help` does not wait.
    from retort.studies.discovery.similar import Pool

    pool = Pool.best(arguments.folder)
    hits, notes = pool.similar(arguments.formula, arguments.k)
    if arguments.json:
        print_json({"query": arguments.formula, "pool": pool.description(), "notes": notes, "similar": hits})
        return 0
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    rows = [COLUMNS, *(tuple(_shown(value) for value in hit.values()) for hit in hits)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
