"""What trained runs find in texts: entities, relations, and what is the same thing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch

from retort.asking import usable
from retort.studies.scitext.data import Annotations, Document
from retort.studies.scitext.given import Text, Word
from retort.studies.scitext.pieces import tokenizer_of
from retort.studies.scitext.trained import STUDY, Chosen, Extraction, Reader
from retort.studies.scitext.trust import Right

READS_PIECES = ("extract", "tagger")  # methods with an encoder, which reads so many pieces of a sentence


@dataclass(frozen=True)
class Found:
    """A span of a text: the words [start, end), the characters of the text, and what stands there."""

    start: int
    end: int
    characters: tuple[int, int]
    text: str

    def to_json(self) -> dict:
        return {
            "start": self.start,
            "end": self.end,
            "characters": list(self.characters),
            "text": self.text,
        }


@dataclass(frozen=True)
class Entity:
    """A named thing: its sentence, from 1, how often such were right, and its words that no training document has."""

    at: Found
    sentence: int
    type: str
    score: float
    right: Right | None
    unseen: Sequence[str]


@dataclass(frozen=True)
class Relation:
    """What the head is to the tail, and how often such were right."""

    head: Found
    tail: Found
    type: str
    score: float
    right: Right | None


@dataclass(frozen=True)
class Answer:
    """What is found in one text, in the order of the text; of one that cannot be read, why.

    Attributes:
        sentences: the words as they were read, which the spans number from 0 over the text.
        clusters: places of the same thing.
        known: the share of its words that training documents have; `outside` where it is unusually small.
        notes: what was not read, and what it is outside of.
    """

    file: str
    sentences: list[list[str]] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    clusters: list[list[Found]] = field(default_factory=list)
    known: float | None = None
    outside: bool = False
    notes: list[str] = field(default_factory=list)
    error: str | None = None

    def to_json(self) -> dict:
        """For programs."""
        if self.error is not None:
            return {"file": self.file, "error": self.error}
        return {
            "file": self.file,
            "sentences": self.sentences,
            "entities": [
                one.at.to_json()
                | {
                    "sentence": one.sentence,
                    "type": one.type,
                    "score": one.score,
                    "right": _shares(one.right),
                }
                | {"unseen": list(one.unseen)}
                for one in self.entities
            ],
            "relations": [
                {"type": one.type, "score": one.score, "right": _shares(one.right)}
                | {"head": one.head.to_json(), "tail": one.tail.to_json()}
                for one in self.relations
            ],
            "clusters": [[one.to_json() for one in cluster] for cluster in self.clusters],
            "known": self.known,
            "outside": self.outside,
            "notes": self.notes,
        }

    def lines(self) -> Iterator[str]:
        """For people; nothing of one that could not be read."""
        if self.error is not None:
            return
        words = sum(map(len, self.sentences))
        yield f"{self.file}: {_many(len(self.sentences), 'sentence')}, {_many(words, 'word')}"
        types = [one.type for one in self.entities] + [one.type for one in self.relations]
        width = max(map(len, types), default=0)
        for one in self.entities:
            new = f"   (in no training document: {', '.join(one.unseen)})" if one.unseen else ""
            yield f"  {one.score:.2f}  {_percent(one.right)}  {one.type:<{width}}  {one.at.text}{new}"
        for each in self.relations:
            about = f"{each.head.text} -> {each.tail.text}"
            yield f"  {each.score:.2f}  {_percent(each.right)}  {each.type:<{width}}  {about}"
        for cluster in self.clusters:
            yield f"  the same: {' = '.join(one.text for one in cluster)}"
        if not (self.entities or self.relations or self.clusters):
            yield "  nothing is found in it"


class Cut(NamedTuple):
    """A sentence of so many words, of which the first `read` are within the `limit` of pieces."""

    read: int
    words: int
    limit: int


def answer(texts: list[Text], trained: Extraction) -> list[Answer]:
    """What the runs find in each text; what could not be read keeps its place, with the reason.

    Raises:
        AskError: a run lacks a file, or is of another version.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a few sentences are quicker so, and the last digits always the same
    try:
        readers = {one.folder: one.restored() for one in trained.distinct}
        answers = []
        for text in texts:
            if text.error is not None:
                answers.append(Answer(text.file, error=text.error))
                continue
            sentences = [trained.dialect.write(sentence) for sentence in text.sentences]
            document = Document(text.file, [[word.text for word in sentence] for sentence in sentences])
            cuts = {one.folder: _cut(document, one) for one in trained.distinct}
            said = {at: _said(readers[at], document, cut) for at, cut in cuts.items()}
            each = {target: said[one.folder] for target, one in trained.runs.items()}
            notes = [*text.notes, *_unread(document, list(cuts.values()))]
            answers.append(_told(text, document, sentences, each, trained, notes))
    finally:
        torch.set_num_threads(threads)
    return answers


def _said(reader: Reader, document: Document, cut: dict[int, Cut]) -> Annotations:
    """What one run says of a document; of one by itself, so that it does not depend on what else is asked."""
    if len(cut) == len(document.sentences) and not any(sentence.read for sentence in cut.values()):
        return Annotations()  # a network would have nothing to look at
    with torch.no_grad():
        return reader([document])[0]


def _told(
    text: Text,
    document: Document,
    sentences: list[list[Word]],
    said: dict[str, Annotations],
    trained: Extraction,
    notes: list[str],
) -> Answer:
    """The answer of the runs, of each target its own part, with its places in the text."""
    words = [word for sentence in sentences for word in sentence]
    sentence_of = [number for number, sentence in enumerate(sentences, start=1) for _ in sentence]

    def found(start: int, end: int) -> Found:
        low, high = words[start].start, words[end - 1].end
        return Found(start, end, (low, high), " ".join(text.text[low:high].split()))

    nothing = Annotations()
    entities = said.get("entities", nothing).entities
    relations = said.get("relations", nothing).relations
    clusters = said.get("coreference", nothing).clusters
    trust = {kind: trained.runs[kind].trust[kind] for kind in ("entities", "relations") if kind in said}
    known = trained.known(document)
    if outside := known < trained.edge:
        notes = [
            *notes,
            f"outside what it knows: training documents have {known:.0%} of its words, fewer than in 99 of 100 "
            "documents of valid",
        ]
    return Answer(
        file=text.file,
        sentences=[list(sentence) for sentence in document.sentences],
        entities=[
            Entity(
                found(one.start, one.end),
                sentence_of[one.start],
                one.type,
                float(one.score),
                trust["entities"](one.score),
                trained.dialect.unseen(word.text for word in words[one.start : one.end]),
            )
            for one in sorted(entities)
        ],
        relations=[
            Relation(
                found(*one.head),
                found(*one.tail),
                one.type,
                float(one.score),
                trust["relations"](one.score),
            )
            for one in sorted(relations)
        ],
        clusters=[[found(*span) for span in cluster] for cluster in sorted(map(sorted, clusters))],
        known=known,
        outside=outside,
        notes=notes,
    )


def _unread(document: Document, cuts: list[dict[int, Cut]]) -> list[str]:
    """Sentences that are longer than what a run reads."""
    notes = {}
    for cut in cuts:
        for number, part in cut.items():
            left_out = " ".join(document.sentences[number - 1][part.read :])
            notes[number, part] = (
                f"sentence {number} is too long: nothing is found in the last {part.words - part.read} of its "
                f"{_many(part.words, 'word')}, for {part.limit} pieces are read: {left_out[:40]!r}"
            )
    return [note for _, note in sorted(notes.items())]


def _cut(document: Document, run: Chosen) -> dict[int, Cut]:
    """The sentences that a run cannot read whole, by their numbers."""
    settings = run.record["settings"]
    if settings["method"] not in READS_PIECES:
        return {}
    with usable(STUDY, run.folder):
        tokenizer = tokenizer_of(settings["encoder"], run.inputs.features)
        limit = settings["encoder"]["longest"]
    cut = {}
    for number, sentence in enumerate(document.sentences, start=1):
        _, _, last = tokenizer.encode_words(sentence)
        read = int((last + len(tokenizer.end) < limit).sum())
        if read < len(sentence):
            cut[number] = Cut(read, len(sentence), limit)
    return cut


def _shares(right: Right | None) -> dict | None:
    return None if right is None else {"share": right.share, "of": right.of}


def _percent(right: Right | None) -> str:
    return "right    ?" if right is None else f"right {right.share:4.0%}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
