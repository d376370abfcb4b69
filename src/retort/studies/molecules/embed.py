"""`retort embed FILE -o VECTORS.npy`: one vector a molecule, by a pre-trained encoder.

Only the standard library is imported before a command runs, so that `retort --help` stays quick.
"""

import argparse
import sys
from pathlib import Path

from retort.asking import AskError, add_input, name_bad, print_json, rows_of_file
from retort.studies.molecules.embedding import AT_ONCE, NEAREST, Embedding
from retort.studies.molecules.given import MOLECULE, read

NAMED_AT_MOST = 20  # bad rows of a file; the others are counted


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `embed` to the `retort` command line."""
    parser = subparsers.add_parser(
        "embed",
        help="turn molecules into vectors with a pre-trained encoder",
        description="Write one float32 vector a molecule, in the order of the file. A row that cannot be read is "
        "named on standard error and becomes a vector of NaN, so that each row has one. A vector is a description, not "
        "a prediction: it has no interval.",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a .smi file (a SMILES, then perhaps a name, on each line), a .csv file, or - for standard input",
    )
    add_input(
        parser, MOLECULE, words=False, output="VECTORS", what="a .npy, or a .csv that keeps all columns"
    )
    parser.add_argument(
        "--model",
        metavar="VARIANT",
        help="its newest pre-training run (default: that whose vectors did best on validation)",
    )
    parser.add_argument(
        "--run", type=Path, metavar="FOLDER", dest="folder", help="one pre-training run instead"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print JSON: the encoder, where the vectors are, and of each row its number, what is wrong with it if it "
        "cannot be read, and the nearest molecules that the encoder was trained on",
    )
    parser.add_argument(
        "-k",
        type=int,
        default=NEAREST,
        metavar="K",
        help=f"nearest training molecules that --json tells (default: {NEAREST}; 0 saves half a minute)",
    )
    parser.add_argument("--batch", type=int, default=AT_ONCE, help=f"molecules at once (default: {AT_ONCE})")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Write the vectors; 0 when all rows were read, 1 when some are NaN."""
    if arguments.batch < 1:
        raise AskError(f"--batch {arguments.batch}: expected at least 1")
    if arguments.k < 0:
        raise AskError(f"-k {arguments.k}: expected a number of molecules. Hint: 0 tells none")
    folder = arguments.folder
    encoder = Embedding.best(arguments.model) if folder is None else Embedding.of(folder)
    given = rows_of_file(arguments.file, arguments.column, MOLECULE)
    molecules = read([one.text for one in given])
    shape = encoder.write(molecules, given, arguments.output, arguments.batch)
    if arguments.json:
        answers = encoder.about(molecules, given, arguments.k)
        where = {"file": str(arguments.output), "shape": list(shape)}
        told = [answer.to_json(MOLECULE) for answer in answers]
        print_json({"model": encoder.description, "vectors": where, "predictions": told})
        return int(any(answer.error for answer in answers))
    rows = zip(given, molecules, strict=True)
    bad = name_bad(((asked.row or one.row, one.smiles, one.error) for asked, one in rows), NAMED_AT_MOST)
    print(
        f"{arguments.output}: {shape[0]} vectors of {shape[1]} numbers by {encoder.in_words}", file=sys.stderr
    )
    return bad
