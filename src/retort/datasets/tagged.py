"""Sentences in columns, as at the CoNLL shared tasks: a word and its tag a line, a blank line after each sentence."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from retort.datasets.documents import entity
from retort.datasets.errors import SchemaError

START = "-DOCSTART-"


class Tagged(NamedTuple):
    """A sentence: the line of its first word, from 1, its words and their tags."""

    line: int
    words: list[str]
    tags: list[str]


def sentences(file: Path) -> Iterator[Tagged]:
    """The sentences of a file whose lines have the word first and the tag last, separated by blanks or tabs.

    A word without a tag is in no entity, and a tag O without a word (a strange blank once) is passed over.

    Raises:
        SchemaError: the file is missing, or a line has no tag.
    """
    if not file.is_file():
        raise SchemaError(f"{file} does not exist. Hint: run the download rule of this data set first.")
    first = 0
    words: list[str] = []
    tags: list[str] = []
    # The last sentence may have no blank line after it.
    for number, line in enumerate([*file.read_text(encoding="utf-8").split("\n"), ""], 1):
        if not line.strip() or line.startswith(START):
            if words:
                yield Tagged(first, words, tags)
            words, tags = [], []
            continue
        word, *_, tag = line.replace("\t", " ").split(" ") if " " in line or "\t" in line else (line, "?")
        tag = tag or "O"
        if not (tag == "O" or tag[1:2] == "-"):
            raise SchemaError(
                f"{file}: line {number} is {line!r}, expected a word and its tag (O, B-type or I-type). "
                "Hint: download it again."
            )
        if tag == "O" and not word.strip():
            continue
        first = first if words else number
        words.append(word)
        tags.append(tag)


def entities(tags: Sequence[str], start: int = 0) -> list[dict]:
    """The entities of one sentence, whose first word has the number `start`.

    Both schemes are understood: an entity begins at B-, and at I- where no entity of that type goes on.
    """
    found: list[dict] = []
    for number, tag in enumerate(tags, start):
        if tag == "O":
            continue
        kind = tag[2:]
        goes_on = found and found[-1]["end"] == number and found[-1]["type"] == kind
        if tag.startswith("I-") and goes_on:
            found[-1]["end"] = number + 1
        else:
            found.append(entity(number, number + 1, kind))
    return found
