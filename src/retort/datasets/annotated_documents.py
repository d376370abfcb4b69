"""Annotated documents as JSON lines: a user's own, and those that the project generates.

A line is `{"id": .., "sentences": [[words], ..], "entities": [[start, end, type], ..], "relations": [[head start, head
end, tail start, tail end, type], ..], "clusters": [[[start, end], ..], ..]}`. Words are numbered over the document from
0, and a span ends before the word `end`; all but the sentences may be missing.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from retort.datasets import documents
from retort.datasets.documents import ENDS, DocumentError
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared

KEYS = ("id", "sentences", "entities", "relations", "clusters")
PARTS = ("train", "valid", "test")


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read one file, or a file for each part.

    Args:
        folder: holds the files.
        settings: `file`, or `parts` with a file for each of train, valid and test.

    Returns:
        A row for each sound document in file order; rejects name the span. Of documents of one text in one file the
        first is kept: in two parts it would be known before it is asked. Published parts stay as they are.

    Raises:
        SchemaError: a file is missing or no UTF-8, or no document is sound.
    """
    parts = settings.get("parts") or {None: settings["file"]}
    found, rejects, seen = [], [], set()
    for part, name in parts.items():
        for line, text in lines(folder / name):
            try:
                one = _parsed(text, part, f"{name}:{line}")
                if one["id"] in seen:
                    raise DocumentError(f"id {one['id']!r}", "another document has this id")
            except DocumentError as error:
                rejects.append((name, line - 1, error.value, error.reason))
            else:
                seen.add(one["id"])
                found.append((name, line - 1, one))
    prepared = documents.prepare(found, rejects)
    return prepared if "parts" in settings else _once(prepared, {one["id"]: place for *place, one in found})


def _once(prepared: Prepared, places: Mapping[str, list]) -> Prepared:
    """Without the documents whose text an earlier one has."""
    first: dict[str, str] = {}
    repeats = []
    for name, sentences in prepared.rows.select("id", "sentences").iter_rows():
        earlier = first.setdefault(json.dumps(sentences), name)
        if earlier != name:
            reason = f"its text is that of line {places[earlier][1] + 1}: left out"
            repeats.append((*places[name], name, reason))
    rows = prepared.rows.filter(~pl.col("id").is_in([name for *_, name, _ in repeats]))
    found = pl.DataFrame(repeats, schema=REJECT_SCHEMA, orient="row")
    return Prepared(rows, pl.concat([prepared.rejects, found]))


def lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file that are not blank, numbered from 1.

    Raises:
        SchemaError: the file is missing or no UTF-8.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SchemaError(
            f"{file} does not exist. Hint: name it under `files` of the data set's YAML."
        ) from None
    except UnicodeDecodeError as error:
        line, byte = error.object.count(b"\n", 0, error.start) + 1, error.object[error.start]
        raise SchemaError(
            f"{file}: line {line} holds the byte 0x{byte:02x}, which is not UTF-8. Hint: save the file as UTF-8."
        ) from None
    # Not splitlines(), which also splits at signs that JSON allows within a string.
    yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def record(document: Mapping) -> dict:
    """A document of the prepared table as a line of such a file."""
    return {
        "id": document["id"],
        "sentences": document["sentences"],
        "entities": [[one["start"], one["end"], one["type"]] for one in document["entities"]],
        "relations": [[*(one[end] for end in ENDS), one["type"]] for one in document["relations"]],
        "clusters": [[[one["start"], one["end"]] for one in cluster] for cluster in document["clusters"]],
    }


def _parsed(text: str, part: str | None, place: str) -> dict:
    """The document of a line.

    Raises:
        DocumentError: no JSON object of the keys, or a value of another form.
    """
    try:
        line = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(text[:60], f"no JSON: {error}") from None
    if not isinstance(line, dict):
        raise DocumentError(text[:60], "expected an object in braces")
    if strange := sorted(set(line) - set(KEYS)):
        raise DocumentError(f"key {strange[0]!r}", f"unknown, expected some of {', '.join(KEYS)}")
    if not isinstance(line.get("id", ""), str) or line.get("id") == "":
        raise DocumentError(f"id {line['id']!r}", "expected a string that is not empty")
    sentences = _list(line.get("sentences"), "sentences")
    for number, sentence in enumerate(sentences):
        for word in _list(sentence, f"sentence {number}"):
            if not isinstance(word, str):
                raise DocumentError(f"sentence {number}: {word!r}", "expected a word in quotes")
    return documents.document(
        line.get("id", place),
        sentences,
        published_part=part,
        entities=[
            documents.entity(*_spanned(one, 2, f"entity {number}", typed=True))
            for number, one in enumerate(_list(line.get("entities", []), "entities"))
        ],
        relations=[
            _relation(_spanned(one, 4, f"relation {number}", typed=True))
            for number, one in enumerate(_list(line.get("relations", []), "relations"))
        ],
        clusters=[
            documents.mentions(
                tuple(_spanned(one, 2, f"cluster {number}, mention", typed=False))
                for one in _list(cluster, f"cluster {number}")
            )
            for number, cluster in enumerate(_list(line.get("clusters", []), "clusters"))
        ],
    )


def _list(value: object, name: str) -> list:
    if not isinstance(value, list):
        raise DocumentError(f"{name} {json.dumps(value)[:60]}", "expected a list")
    return value


def _spanned(value: Any, numbers: int, name: str, *, typed: bool) -> list:
    """Word numbers, and a type where there is one."""
    form = "[" + ", ".join(["start", "end"] * (numbers // 2) + ["type"] * typed) + "]"
    if (
        not isinstance(value, list)
        or len(value) != numbers + typed
        or any(type(one) is not int for one in value[:numbers])  # `True` is a whole number to Python
        or (typed and not (isinstance(value[-1], str) and value[-1].strip()))
    ):
        raise DocumentError(f"{name} {json.dumps(value)[:60]}", f"expected {form}, whole numbers and a name")
    return value


def _relation(value: list) -> dict:
    *ends, kind = value
    return documents.relation((ends[0], ends[1]), (ends[2], ends[3]), kind)
