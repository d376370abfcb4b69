"""Annotated documents as the study reads them, and the one table that all its runs leave behind.

Words are counted from 0 in the document; a span is half open, `[start, end)`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from retort.datasets.parts import PARTS
from retort.datasets.prepared import Schema
from retort.sealed import read_table

TARGETS = ("entities", "relations", "coreference", "pairs")
PREDICTED = ("valid", "test")
LOSS = "mlm-{}"  # what the loss on hidden pieces of a domain is called

_SPAN: Schema = {"start": pl.Int64, "end": pl.Int64}
_PAIR: Schema = {"head_start": pl.Int64, "head_end": pl.Int64, "tail_start": pl.Int64, "tail_end": pl.Int64}
_SAID: Schema = {"type": pl.String, "score": pl.Float32}
# Of annotated documents, one row each: what is said of them; what a run does not predict is an empty list.
# Of the corpus, a row for each document and domain: summed nats of its `hidden` pieces by the model and by the unigram
# frequencies of train. The columns of the other kind are null.
PREDICTIONS: Schema = {
    "id": pl.String,
    "part": pl.String,
    "target": pl.String,
    "entities": pl.List(pl.Struct({**_SPAN, **_SAID})),
    "relations": pl.List(pl.Struct({**_PAIR, **_SAID})),
    "clusters": pl.List(pl.List(pl.Struct(_SPAN))),
    "pairs": pl.List(pl.Struct({**_PAIR, **_SAID})),
    "domain": pl.String,
    "loss": pl.Float64,
    "hidden": pl.Int64,
    "unigram": pl.Float64,
}


class Span(NamedTuple):
    """Words `start` to before `end`."""

    start: int
    end: int


class Entity(NamedTuple):
    """A span that names a thing of some type; `score` is the probability of the type, 1 where it is annotated."""

    start: int
    end: int
    type: str
    score: float = 1.0

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class Relation(NamedTuple):
    """An ordered pair of spans with the type of what the head is to the tail; `score` as of an entity."""

    head_start: int
    head_end: int
    tail_start: int
    tail_end: int
    type: str
    score: float = 1.0

    @property
    def head(self) -> Span:
        return Span(self.head_start, self.head_end)

    @property
    def tail(self) -> Span:
        return Span(self.tail_start, self.tail_end)


@dataclass(frozen=True)
class Annotations:
    """What somebody says of one document: the gold annotations, or what a model predicts.

    `clusters` are mentions of the same thing; `pairs` the types of those relations whose spans were given.
    """

    entities: Sequence[Entity] = ()
    relations: Sequence[Relation] = ()
    clusters: Sequence[Sequence[Span]] = ()
    pairs: Sequence[Relation] = ()

    @classmethod
    def of(cls, row: Mapping) -> "Annotations":
        """Those of a row of a prepared table or of `PREDICTIONS`; columns that are not there or null are empty."""
        return cls(
            entities=[Entity(**entity) for entity in row.get("entities") or ()],
            relations=[Relation(**relation) for relation in row.get("relations") or ()],
            clusters=[[Span(**span) for span in cluster] for cluster in row.get("clusters") or ()],
            pairs=[Relation(**pair) for pair in row.get("pairs") or ()],
        )


@dataclass(frozen=True)
class Document:
    """A text of sentences of words, and its gold annotations; `part` is empty where it is in no split."""

    id: str
    sentences: Sequence[Sequence[str]]
    gold: Annotations = field(default_factory=Annotations)
    part: str = ""

    @property
    def words(self) -> list[str]:
        return [word for sentence in self.sentences for word in sentence]

    @property
    def bounds(self) -> list[Span]:
        """First word of every sentence and the one behind its last."""
        bounds, start = [], 0
        for sentence in self.sentences:
            bounds.append(Span(start, start + len(sentence)))
            start += len(sentence)
        return bounds


@dataclass(frozen=True)
class Documents:
    """The documents of train, valid and test in the order of the prepared table; no others reach a model."""

    every: Sequence[Document]

    def of(self, *parts: str) -> list[Document]:
        """Those of some parts, part by part."""
        return [document for part in parts for document in self.every if document.part == part]

    @property
    def predicted(self) -> list[Document]:
        """Those that every run predicts: of valid, then of test."""
        return self.of(*PREDICTED)

    @property
    def entity_types(self) -> list[str]:
        """The types that train has, sorted: what it does not show cannot be learned."""
        return sorted({entity.type for document in self.of("train") for entity in document.gold.entities})

    @property
    def relation_types(self) -> list[str]:
        return sorted(
            {relation.type for document in self.of("train") for relation in document.gold.relations}
        )


def read(prepared: Path, split: Path) -> Documents:
    """Read an annotated data set and its split; documents that are excluded or in no part stay out.

    Raises:
        ValueError: no training document.
    """
    table = read_table(prepared).join(read_table(split).select("id", "part"), on="id", maintain_order="left")
    documents = [
        Document(row["id"], row["sentences"], Annotations.of(row), row["part"])
        for row in table.filter(pl.col("part").is_in(PARTS)).iter_rows(named=True)
    ]
    if not any(document.part == "train" for document in documents):
        raise ValueError(
            f"{split}: no document of {prepared} is in train. Hint: is it another data set's split?"
        )
    return Documents(documents)


def predictions(documents: Sequence[Document], said: Sequence[Annotations], target: str) -> pl.DataFrame:
    """A table of `PREDICTIONS` for D documents, of which `said` has the D predictions.

    Raises:
        ValueError: an unknown target, or not one prediction for each document.
    """
    if target not in TARGETS or len(said) != len(documents):
        raise ValueError(
            f"{len(said)} predictions of {len(documents)} documents for the target {target!r}, expected one for each "
            f"and one of {', '.join(TARGETS)}. Hint: the target is that of the split."
        )
    return _table(
        {
            "id": document.id,
            "part": document.part,
            "target": target,
            "entities": [entity._asdict() for entity in each.entities],
            "relations": [relation._asdict() for relation in each.relations],
            "clusters": [[Span(*span)._asdict() for span in cluster] for cluster in each.clusters],
            "pairs": [pair._asdict() for pair in each.pairs],
        }
        for document, each in zip(documents, said, strict=True)
    )


def losses(rows: Iterable[Mapping]) -> pl.DataFrame:
    """A table of `PREDICTIONS` of the corpus, from rows of `id, part, domain, loss, hidden, unigram`."""
    return _table(rows)


def _table(rows: Iterable[Mapping]) -> pl.DataFrame:
    nothing = dict.fromkeys(PREDICTIONS)
    return pl.DataFrame([nothing | dict(row) for row in rows], schema=pl.Schema(PREDICTIONS))
