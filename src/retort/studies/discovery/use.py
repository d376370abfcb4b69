"""`retort similar` and `retort rank`: known materials like one, and candidates by their predicted properties.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

import argparse
import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from retort.asking import (
    AskError,
    Given,
    Kind,
    add_input,
    add_options,
    asked,
    name_bad,
    print_json,
    rows_of_file,
    tell,
    uncommented,
    write_output,
)
from retort.studies.discovery.alike import aligned, columns

if TYPE_CHECKING:
    from retort.studies.discovery.rank import Ranking

# What `make model NAME=..` makes, at the place of this name: the pool, and the ranker. Literals only.
MODELS = {
    "similar": {"place": "recall", "variants": ["recall-elmd"]},
    "similar/text": {"place": "recall", "variants": ["recall-text"]},
    "rank": {"place": "tasks", "variants": ["mmoe-all"]},
}
FORMULA = Kind("formula", ("formula", "composition", "id"), "PbTe", uncommented)
CANDIDATE = Kind("candidate", ("formula", "composition", "id"), "SnTe")
COUNT = 20  # materials that are shown
RULES = ("composition", "text", "structure")
NAMED_AT_MOST = 20  # bad rows of a file; the others are counted
PREDICTED = ("energy", "gap", "bulk", "shear", "debye", "expansion")
# The columns that a CSV is answered with, after its own; `retort_` comes before a name that the table has already.
ADDED = (
    "rank",
    "difference",
    *(f"{name}{what}" for name in PREDICTED for what in ("", "_sigma", "_low", "_high")),
    "nearest",
    "nearest_distance",
    "warning",
    "error",
)


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `similar` and `rank` to the `retort` command line."""
    _add_similar(subparsers)
    _add_rank(subparsers)


def _add_similar(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "similar",
        help="list the known materials that are most like a formula, with what was measured of them",
        description="Rank the formulas of the pool by how far atoms must move along the Mendeleev number to make one "
        "of the other (ElMD), the best rule of recall that needs no language; beside it, the rank by mat2vec, and that "
        "by structure for an id or a crystal. zT is the best that was measured of the formula or of what was doped "
        "from it, the power factor is computed.",
    )
    add_input(parser, FORMULA, what="a table with a row for each material that is found")
    parser.add_argument(
        "-k", type=int, default=COUNT, metavar="K", help=f"materials that are shown (default: {COUNT})"
    )
    parser.add_argument(
        "--by",
        choices=RULES,
        default=RULES[0],
        help="what is compared: the composition (default), the words of descriptions, or features of the structure",
    )
    parser.add_argument(
        "--crystal", type=Path, metavar="FILE", help="a CIF: your own structure instead of the pool's"
    )
    add_options(parser, run="one finished recall (default: the one with the largest pool of real materials)")
    parser.set_defaults(run=similar)


def _add_rank(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "rank",
        help="rank candidate materials by how much their predicted properties are those of a known one",
        description="Predict energy, band gap, bulk and shear modulus, Debye temperature and thermal expansion of each "
        "candidate from its formula, each with a 90 % interval (split conformal, by the rows of valid that also chose "
        "the ranker), and rank by the mean of |query - candidate| / |query|. Other columns of the table "
        "are kept and not read. A figure of merit is not computed: it would be the one that S, sigma and kappa give.",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="candidates: a .csv, which is answered with a .csv that keeps its columns; else formulas or ids, one a "
        "line; - reads standard input",
    )
    parser.add_argument("--like", required=True, metavar="FORMULA", help="the query, such as PbTe, or an id")
    add_input(parser, CANDIDATE, words=False, what="the ranking as a table")
    add_options(parser, run="one finished ranker (default: all seeds of the one that did best on valid)")
    parser.set_defaults(run=ranked)


def similar(arguments: argparse.Namespace) -> int:
    """Answer each formula; 0 when all could be answered, 1 when some could not."""
    if arguments.k < 1:
        raise AskError(f"-k {arguments.k}: expected a number of materials. Hint: -k {COUNT}")
    crystal, given = None, []
    if arguments.crystal is not None:
        # These need NumPy and the like, for which `retort --help` does not wait.
        from retort.chemistry.naming import pretty_amounts
        from retort.studies.discovery.query import amounts_of, read_crystal

        crystal = read_crystal(arguments.crystal)
        given = [] if arguments.asked or arguments.file else [Given(pretty_amounts(amounts_of(crystal)))]
    given = given or asked(arguments, FORMULA)
    if crystal is not None and len(given) > 1:
        raise AskError(
            f"--crystal {arguments.crystal}: {len(given)} formulas are asked. Hint: ask for it alone"
        )
    from retort.studies.discovery.similar import Pool

    pool = Pool.best() if arguments.folder is None else Pool.of(arguments.folder)
    answers = pool.answer(given, arguments.k, arguments.by, crystal)
    return tell(
        answers,
        FORMULA,
        arguments,
        model=pool.description | {"by": arguments.by},
        notes=pool.notes(arguments.by),
        columns=columns(answers),
    )


def ranked(arguments: argparse.Namespace) -> int:
    """Rank a table of candidates; 0 when all could be ranked, 1 when some could not."""
    candidates = rows_of_file(arguments.file, arguments.column, CANDIDATE)
    # These need torch and the like, for which `retort --help` does not wait.
    from retort.studies.discovery.rank import rank
    from retort.studies.discovery.rankers import Rankers

    rankers = Rankers.best() if arguments.folder is None else Rankers.of(arguments.folder)
    ranking = rank(candidates, arguments.like, rankers)
    bad = [(each.number, each.given.text, each.error) for each in ranking.rows]
    if arguments.json:
        query = ranking.query.told()
        told: dict = {
            "model": rankers.description,
            "query": {name: query[name] for name in ("values", "sigmas", "nearest")},
        }
        told |= {"like": arguments.like, "left_out": ranking.left_out}
        print_json(told | {"candidates": [each.to_json(CANDIDATE) for each in ranking.rows]})
        return 1 if any(error for *_, error in bad) else 0
    for note in _notes(rankers.description, ranking):
        print(f"note: {note}", file=sys.stderr)
    if candidates[0].cells or arguments.output is not None:
        _write_table(candidates[0].cells or [CANDIDATE.name], ranking, arguments.output)
    else:
        for line in aligned(_lines(ranking)):
            print(line)
    return name_bad(sorted(bad), NAMED_AT_MOST)


def _notes(model: dict, ranking: "Ranking") -> list[str]:
    runs = len(model["runs"])
    sigma = "sigma is over them" if runs > 1 else "so that there is no sigma"
    notes = [f"{model['variant']} of {model['dataset']}, {runs} run{'s' * (runs > 1)}: {sigma}"]
    mae = model["valid"]["mae"]
    off = ", ".join(f"{name} {value:.3g}" for name, value in mae.items() if value is not None)
    notes.append(
        f"90 % intervals are conformal, by rows of valid, which also chose the ranker; mean errors there: {off}"
    )
    notes.append("units: " + ", ".join(f"{name} {unit}" for name, unit in model["units"].items()))
    if model["generated"]:
        notes.append(
            "it was trained on generated crystals: what it predicts has nothing to do with chemistry"
        )
    if ranking.left_out:
        left = ", ".join(ranking.left_out)
        notes.append(f"left out of the difference, for the query's value is next to zero: {left}")
    for warning in sorted({said for each in (ranking.query, *ranking.rows) for said in each.warnings}):
        whom = [each.given.text for each in (ranking.query, *ranking.rows) if warning in each.warnings]
        more = f" and {len(whom) - NAMED_AT_MOST} more" if len(whom) > NAMED_AT_MOST else ""
        notes.append(f"{', '.join(whom[:NAMED_AT_MOST])}{more}: {warning}")
    return notes


def _lines(ranking: "Ranking") -> list[tuple[str, ...]]:
    """A header, the query, and each candidate that could be ranked."""
    rows: list[tuple[str, ...]] = [
        ("rank", "candidate", "difference", *PREDICTED, "nearest labelled", "ElMD")
    ]
    for each in (ranking.query, *ranking.rows):
        if each.error is not None:
            continue
        cells = each.added()
        said = [
            cells[name] + (f" ± {cells[f'{name}_sigma']}" if cells[f"{name}_sigma"] else "")
            for name in PREDICTED
        ]
        place = "query" if each.rank is None else cells["rank"]
        near = (cells["nearest"], cells["nearest_distance"])
        rows.append((place, each.given.text, cells["difference"], *said, *near))
    return rows


def _write_table(own: Iterable[str], ranking: "Ranking", output: Path | None) -> None:
    """The table that was given, in the order of ranks, with the columns that are added."""
    named = {name: name for name in ADDED}
    for name in ADDED:
        while named[name] in own:
            named[name] = f"retort_{named[name]}"  # the user's column of that name stays
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [*own, *named.values()], restval="", lineterminator="\n")
    writer.writeheader()
    for each in ranking.rows:
        added = {named[name]: cell for name, cell in each.added().items()}
        writer.writerow((each.given.cells or {CANDIDATE.name: each.given.text}) | added)
    write_output(stream.getvalue(), output)
