"""`retort extract FILE`: the entities of a scientific text, how they are related, and which are the same thing.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse
import sys

from retort.asking import AskError, Given, Kind, add_input, add_options, print_json, rows_of_file, tell
from retort.studies.scitext.given import SCHEMES, Text, text_of, texts_of
from retort.studies.scitext.told import COLUMNS, Told

# The model that `make model NAME=extract` makes, at the place of this name, or on such a split of the data set of
# NAME=extract/<data set>: of several variants, that which did best on validation by the scale's record. Literals only.
MODELS = {
    "extract": {
        "place": "scierc-entities",
        "split": "entities*",
        "variants": ["science", "general-longer", "word-crf"],
    }
}
TEXT = Kind("text", ("abstract", "text"), "We present a parser for German.")
FILE = Kind("file", ("file",), "abstract.txt")


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `extract` to the `retort` command line."""
    parser = subparsers.add_parser(
        "extract",
        help="find the methods, tasks, materials .. of an abstract, and how they are related",
        description="Find entities, relations and coreference in plain text, each by the run that did best on the "
        "validation documents of its data set. Sentences and words are split here, and written as that data set "
        "writes them. A score is what a run gives its own answer; beside it stands how often answers with such scores "
        "were right on those validation documents. A text is called outside what the runs know where training "
        "documents have fewer of its words than those of 99 of 100 validation documents.",
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="plain text in UTF-8, one text a file; - or nothing reads standard input",
    )
    parser.add_argument(
        "--file",
        dest="table",
        metavar="FILE",
        help="texts, one a line; a .csv with one in each row is answered with a .csv that keeps its columns",
    )
    add_input(parser, TEXT, words=False, what="a table with a row for each finding")
    parser.add_argument(
        "--scheme",
        choices=tuple(SCHEMES),
        default=next(iter(SCHEMES)),
        help="what is looked for: tasks, methods, metrics .. of papers on computing (scierc, the default), or "
        "materials with properties, applications and methods of synthesis and characterisation (materials)",
    )
    parser.add_argument(
        "--dataset", help="answer with the models of this data set instead, e.g. genia or your own"
    )
    add_options(
        parser,
        run="one finished run, which says all that it can (default: for each target the best on valid)",
    )
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Answer each text; 0 when all could be answered, 1 when some could not."""
    if arguments.folder is not None and arguments.dataset is not None:
        raise AskError("--run and --dataset both say which model answers. Hint: leave one out")
    given, texts = asked_texts(arguments)
    # This needs torch and the like, for which `retort --help` does not wait.
    from retort.studies.scitext.trained import Extraction

    if arguments.folder is None:
        trained = Extraction.best(arguments.scheme, arguments.dataset)
    else:
        trained = Extraction.of(arguments.folder)
    answers = trained.answer(texts)
    if arguments.table is not None or arguments.output is not None:
        told = [
            Told(row=row, given=one, error=each.error, warnings=tuple(each.notes), found=each)
            for row, (one, each) in enumerate(zip(given, answers, strict=True), start=1)
        ]
        kind = FILE if arguments.table is None else TEXT
        model, notes = trained.description, trained.notes()
        return tell(told, kind, arguments, model=model, notes=notes, columns=COLUMNS)
    bad = [each for each in answers if each.error is not None]
    if arguments.json:
        print_json({"model": trained.description, "texts": [each.to_json() for each in answers]})
        return 1 if bad else 0
    for line in trained.notes():
        print(f"note: {line}", file=sys.stderr)
    for each in answers:
        for note in each.notes:
            print(f"{each.file}: {note}", file=sys.stderr)
        for line in each.lines():
            print(line)
    for each in bad:
        print(f"{each.file}: {each.error}", file=sys.stderr)
    return 1 if bad else 0


def asked_texts(arguments: argparse.Namespace) -> tuple[list[Given], list[Text]]:
    """The rows of the table, or the names of the files, and the text of each.

    Raises:
        AskError: there is no text, or it cannot be read, or both ways of giving one are used.
    """
    files = arguments.files
    if arguments.table is not None:
        if files:
            raise AskError(f"{files[0]} and --file {arguments.table}: both give texts. Hint: ask twice")
        given = rows_of_file(arguments.table, arguments.column, TEXT)
        return given, [text_of(f"row {one.row}", one.text) for one in given]
    table = next((file for file in files if file.lower().endswith(".csv")), None)
    if table is not None or arguments.column is not None:
        said = f"--column {arguments.column}" if table is None else table
        raise AskError(f"{said}: a table is read with --file. Hint: --file {table or 'abstracts.csv'}")
    if not files and sys.stdin.isatty():
        raise AskError("no text given. Hint: name a file, such as abstract.txt, or pipe a text in")
    texts = texts_of(files or ["-"])
    return [Given(text.file) for text in texts], texts
