"""Annotated documents: the one table of every data set of scientific text, and what makes a document sound.

Words are numbered over the whole document, from 0, and a span [start, end) is half open: the words of a span (3, 5) are
the fourth and the fifth. A span lies within one sentence.
"""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from retort.datasets.errors import DataError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared, Schema

SPAN = pl.Struct({"start": pl.Int64, "end": pl.Int64})
ENTITY = pl.Struct({"start": pl.Int64, "end": pl.Int64, "type": pl.String})
RELATION = pl.Struct(
    {
        "head_start": pl.Int64,
        "head_end": pl.Int64,
        "tail_start": pl.Int64,
        "tail_end": pl.Int64,
        "type": pl.String,
    }
)
# `published_part` is the part that the authors of the data gave, null where they gave none; a relation points from its
# head to its tail; a cluster holds the mentions of one thing.
DOCUMENTS: Schema = {
    "id": pl.String,
    "published_part": pl.String,
    "sentences": pl.List(pl.List(pl.String)),
    "entities": pl.List(ENTITY),
    "relations": pl.List(RELATION),
    "clusters": pl.List(pl.List(SPAN)),
}
ENDS = ("head_start", "head_end", "tail_start", "tail_end")


class DocumentError(DataError):
    """What makes a document unusable: `value`, the part of it that is at fault, and `reason`."""

    def __init__(self, value: object, reason: str):
        super().__init__(f"{value}: {reason}")
        self.value, self.reason = str(value), reason


def words(sentences: Iterable[Sequence[str]]) -> list[str]:
    """The words of a document, (W,), in reading order: word i of a span is `words(sentences)[i]`."""
    return [word for sentence in sentences for word in sentence]


def bounds(sentences: Iterable[Sequence[str]]) -> list[tuple[int, int]]:
    """The first word of each sentence and the one behind its last, (S, 2), as numbers of the document's words."""
    found, start = [], 0
    for sentence in sentences:
        found.append((start, start + len(sentence)))
        start += len(sentence)
    return found


def spans_of(relation: Mapping) -> tuple[tuple[int, int], tuple[int, int]]:
    """Head and tail of a relation, each (start, end)."""
    return (relation["head_start"], relation["head_end"]), (relation["tail_start"], relation["tail_end"])


def check(document: Mapping) -> None:
    """Refuse a document whose words or spans make no sense.

    Args:
        document: `sentences, entities, relations, clusters` in the form of `DOCUMENTS`.

    Raises:
        DocumentError: no sentence, an empty sentence, a word that is empty or holds a blank; a span that is empty, ends
            outside of the document or crosses the end of a sentence; an entity, relation or mention that stands twice;
            a relation between two sentences; a mention in two clusters.
    """
    sentences = document["sentences"]
    if not sentences:
        raise DocumentError("sentences", "the document has no sentence")
    for number, sentence in enumerate(sentences):
        if not sentence:
            raise DocumentError(f"sentence {number}", "it has no words")
        for word in sentence:
            if not word or word.split() != [word]:
                raise DocumentError(f"sentence {number}: {word!r}", "a word is empty or holds a blank")
    sentence_of = [number for number, sentence in enumerate(sentences) for _ in sentence]
    seen: set[tuple] = set()
    for entity in document["entities"]:
        span = entity["start"], entity["end"]
        _place(span, sentence_of, f"entity {entity['type']!r}")
        _once(("entity", *span, entity["type"]), seen)
    for relation in document["relations"]:
        head, tail = spans_of(relation)
        name = f"relation {relation['type']!r}"
        if _place(head, sentence_of, f"{name}, head") != _place(tail, sentence_of, f"{name}, tail"):
            raise DocumentError(
                f"{name} {list(head)} {list(tail)}", "its head and its tail lie in two sentences"
            )
        _once(("relation", *head, *tail, relation["type"]), seen)
    for number, cluster in enumerate(document["clusters"]):
        if not cluster:
            raise DocumentError(f"cluster {number}", "it has no mentions")
        for mention in cluster:
            span = mention["start"], mention["end"]
            _place(span, sentence_of, f"cluster {number}, mention")
            _once(("mention", *span), seen)


def _place(span: tuple[int, int], sentence_of: list[int], name: str) -> int:
    """The sentence of a span."""
    start, end = span
    if not 0 <= start < end <= len(sentence_of):
        raise DocumentError(
            f"{name} {[start, end]}", f"expected 0 <= start < end <= {len(sentence_of)}, the number of words"
        )
    if sentence_of[start] != sentence_of[end - 1]:
        raise DocumentError(
            f"{name} {[start, end]}",
            f"it begins in sentence {sentence_of[start]} and ends in sentence {sentence_of[end - 1]}",
        )
    return sentence_of[start]


def _once(thing: tuple, seen: set[tuple]) -> None:
    if thing in seen:
        kind, *rest = thing
        raise DocumentError(f"{kind} {rest}", "it stands twice in the document")
    seen.add(thing)


def prepare(documents: Iterable[tuple[str, int, Mapping]], rejects: Iterable[tuple] = ()) -> Prepared:
    """The prepared table of documents, each from a file and of a number in it; unsound ones become rejects.

    Args:
        documents: `(file, row, document)`, a document having all keys of `DOCUMENTS`.
        rejects: `(file, row, value, reason)` of what the reader could not use.

    Raises:
        SchemaError: no document is sound, or an id stands twice.
    """
    sound, refused = [], list(rejects)
    for file, row, document in documents:
        try:
            check(document)
        except DocumentError as error:
            refused.append((file, row, f"{document['id']}: {error.value}", error.reason))
        else:
            sound.append(document)
    rows = pl.DataFrame(sound, schema=dict(DOCUMENTS))
    return Prepared(rows, pl.DataFrame(refused, schema=dict(REJECT_SCHEMA), orient="row"))


def entity(start: int, end: int, type: str) -> dict:
    """An entity of the words [start, end)."""
    return {"start": start, "end": end, "type": type}


def relation(head: tuple[int, int], tail: tuple[int, int], type: str) -> dict:
    """A relation from the span `head` to the span `tail`, each (start, end)."""
    return dict(zip(ENDS, (*head, *tail), strict=True)) | {"type": type}


def mentions(spans: Iterable[tuple[int, int]]) -> list[dict]:
    """The mentions of a cluster, from (start, end)."""
    return [{"start": start, "end": end} for start, end in spans]


def document(
    id: str,
    sentences: Sequence[Sequence[str]],
    *,
    published_part: str | None = None,
    entities: Sequence[Mapping] = (),
    relations: Sequence[Mapping] = (),
    clusters: Sequence[Sequence[Mapping]] = (),
) -> dict:
    """A row of `DOCUMENTS`."""
    return {
        "id": id,
        "published_part": published_part,
        "sentences": [list(sentence) for sentence in sentences],
        "entities": list(entities),
        "relations": list(relations),
        "clusters": [list(cluster) for cluster in clusters],
    }
