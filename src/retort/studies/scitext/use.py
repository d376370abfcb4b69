"""`retort extract FILE`: the entities of a scientific text, how they are related, and which are the same thing.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse
import sys

from retort.asking import AskError, add_options, print_json
from retort.studies.scitext.given import SCHEMES, texts_of

# The model that `make model NAME=extract` makes, at the place of this name, or on such a split of the data set of
# NAME=extract/<data set>: of several variants, that which did best on validation by the scale's record. Literals only.
MODELS = {
    "extract": {
        "place": "scierc-entities",
        "split": "entities*",
        "variants": ["science", "general-longer", "word-crf"],
    }
}


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
    files = arguments.files
    if not files and sys.stdin.isatty():
        raise AskError("no text given. Hint: name a file, such as abstract.txt, or pipe a text in")
    if arguments.folder is not None and arguments.dataset is not None:
        raise AskError("--run and --dataset both say which model answers. Hint: leave one out")
    texts = texts_of(files or ["-"])
    # This needs torch and the like, for which `retort --help` does not wait.
    from retort.studies.scitext.trained import Extraction

    if arguments.folder is None:
        trained = Extraction.best(arguments.scheme, arguments.dataset)
    else:
        trained = Extraction.of(arguments.folder)
    answers = trained.answer(texts)
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
