"""What the studies' commands share: how questions are read, which finished run answers, how answers are told.

Only the standard library is imported, so that `retort --help` stays quick.
"""

from retort.asking.answers import Answer, likeness, name_bad, print_json, tell, write_output
from retort.asking.finished import (
    NAMED,
    Found,
    Place,
    Rivals,
    finished_runs,
    kept,
    model_hint,
    of_dataset,
    place_of,
    project,
    read_run,
    runs,
    train_hint,
    untrained,
    usable,
    used,
)
from retort.asking.questions import (
    Given,
    Kind,
    Parts,
    add_input,
    add_options,
    asked,
    first_word,
    rows_of_file,
    uncommented,
)
from retort.asking.tables import AskError, Table, read_file
from retort.asking.trained import Answering
from retort.chemistry.subscripts import plain

__all__ = [
    "NAMED",
    "Answer",
    "Answering",
    "AskError",
    "Found",
    "Given",
    "Kind",
    "Parts",
    "Place",
    "Rivals",
    "Table",
    "add_input",
    "add_options",
    "asked",
    "finished_runs",
    "first_word",
    "kept",
    "likeness",
    "model_hint",
    "name_bad",
    "of_dataset",
    "place_of",
    "plain",
    "print_json",
    "project",
    "read_file",
    "read_run",
    "rows_of_file",
    "runs",
    "tell",
    "train_hint",
    "uncommented",
    "untrained",
    "usable",
    "used",
    "write_output",
]
