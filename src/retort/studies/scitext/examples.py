"""Documents as arrays: pieces, words, all spans of a sentence that are not too wide, and what is annotated of them.

Nothing is padded but the pieces that the encoder reads: the words and the spans of several documents stand one after
the other, so that a document costs the same, and gives the same, whatever it is read with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from retort.studies.scitext.data import Document, Span
from retort.studies.scitext.pieces import Tokenizer

# Sentences are encoded together with those that have at least this share of the pieces of the longest one.
ALIKE = 0.65


@dataclass(frozen=True)
class Example:
    """One document of M sentences as arrays; pieces, words and spans are counted in the document.

    Attributes:
        pieces: (P,) numbers, sentence after sentence; `lengths` (M,) pieces of each.
        word: (P,) the word that each belongs to, -1 for none.
        words: (M,) words of each sentence.
        first, last: (S,) words of each span, both inclusive, ordered by sentence, first and last.
        sentence: (S,) of each span.
        entity: (S,) class, 0 for none.
        relations: (R, 3) spans of head and tail, and class from 1; those with a wide span are not there.
        cluster: (S,) number from 1, 0 for none.
        cut: words that stand behind the longest that the encoder reads: nothing is said of them.
        wide: annotated entities that are no span, because they are too wide or cut.
    """

    pieces: np.ndarray
    lengths: np.ndarray
    word: np.ndarray
    words: np.ndarray
    first: np.ndarray
    last: np.ndarray
    sentence: np.ndarray
    entity: np.ndarray
    relations: np.ndarray
    cluster: np.ndarray
    cut: int
    wide: int


@dataclass(frozen=True)
class Schemes:
    """Types by class: that of class 1 first."""

    entities: Sequence[str]
    relations: Sequence[str]


@dataclass(frozen=True)
class Reader:
    """What turns documents into arrays.

    Attributes:
        schemes: types that the others are classes of; other types are no annotation.
        longest: pieces of a sentence that are read; words that do not fit as a whole are cut.
        widest: words of a span.
    """

    tokenizer: Tokenizer
    schemes: Schemes
    longest: int
    widest: int

    def example(self, document: Document) -> Example:
        """A document as arrays."""
        return example(document, self)

    def batch(self, examples: Sequence[Example]) -> "Batch":
        """Some documents at once."""
        return collate(examples, self.tokenizer.padding)


def example(document: Document, reader: Reader) -> Example:
    """A document as arrays."""
    tokenizer, schemes = reader.tokenizer, reader.schemes
    nothing = np.zeros(0, np.int64)
    pieces, word, firsts, lasts, sentences = ([nothing] for _ in range(5))
    lengths: list[int] = []
    cut = 0
    for number, (bound, text) in enumerate(zip(document.bounds, document.sentences, strict=True)):
        numbers, begins, ends = tokenizer.encode_words(text)
        room = reader.longest - len(tokenizer.end)
        read = int(np.searchsorted(ends, room))  # words whose last piece has a place
        if read < len(text):
            cut += len(text) - read
            numbers = np.concatenate([numbers[: begins[read]], np.array(tokenizer.end, np.int64)])
        of_word = np.full(len(numbers), -1)
        for place in range(read):
            of_word[begins[place] : ends[place] + 1] = bound.start + place
        pieces.append(numbers)
        word.append(of_word)
        lengths.append(len(numbers))
        first, width = np.meshgrid(np.arange(read), np.arange(reader.widest), indexing="ij")
        inside = first + width < read
        firsts.append(bound.start + first[inside])
        lasts.append(bound.start + (first + width)[inside])
        sentences.append(np.full(inside.sum(), number))
    first, last = np.concatenate(firsts), np.concatenate(lasts)
    bounds = np.stack([first, last + 1], axis=1).tolist()
    spans = {Span(*each): place for place, each in enumerate(bounds)}
    entity, cluster = np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
    relations: dict[tuple[int, int], int] = {}
    gold = document.gold
    for each in gold.entities:
        if each.span in spans and each.type in schemes.entities:
            entity[spans[each.span]] = 1 + schemes.entities.index(each.type)
    for pair in gold.relations:
        if pair.head in spans and pair.tail in spans and pair.type in schemes.relations:
            relations[spans[pair.head], spans[pair.tail]] = 1 + schemes.relations.index(pair.type)
    for number, mentions in enumerate(gold.clusters, start=1):
        for mention in mentions:
            if mention in spans:
                cluster[spans[mention]] = number
    return Example(
        pieces=np.concatenate(pieces),
        lengths=np.array(lengths, np.int64),
        word=np.concatenate(word),
        words=np.array([len(text) for text in document.sentences], np.int64),
        first=first,
        last=last,
        sentence=np.concatenate(sentences),
        entity=entity,
        relations=np.array([(*key, type) for key, type in relations.items()], np.int64).reshape(-1, 3),
        cluster=cluster,
        cut=cut,
        wide=sum(each.span not in spans for each in gold.entities),
    )


@dataclass(frozen=True)
class Batch:
    """D documents with W words and S spans in all; words, spans, sentences are counted on from document to document.

    Attributes:
        groups: what is encoded at once, (m, L) numbers and (m, L) bool where there is no padding.
        word: (P,) the word of every piece that is no padding, group after group and sentence after sentence; -1: none.
        words: W.
        first, last, sentence, document: (S,) of the spans, as those of an example.
        sentence_words: (M,); `document_words`: (D,).
        entity, cluster: (S,); clusters of different documents have different numbers.
        relations: (R, 3).
        offsets: (D,) number of the first word of each document.
    """

    groups: list[tuple[Tensor, Tensor]]
    word: Tensor
    words: int
    first: Tensor
    last: Tensor
    sentence: Tensor
    document: Tensor
    sentence_words: Tensor
    document_words: Tensor
    entity: Tensor
    relations: Tensor
    cluster: Tensor
    offsets: list[int] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.offsets)

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        if device.type == "cpu":
            return self
        moved = {name: each.to(device) for name, each in vars(self).items() if isinstance(each, Tensor)}
        groups = [(pieces.to(device), real.to(device)) for pieces, real in self.groups]
        return Batch(**vars(self) | moved | {"groups": groups})


def collate(examples: Sequence[Example], padding: int) -> Batch:
    """Some documents at once.

    Args:
        padding: the number of the piece that fills up sentences.
    """
    words = np.array([each.words.sum() for each in examples])
    spans = np.array([len(each.first) for each in examples])
    sentences = np.array([len(each.words) for each in examples])
    word_at, span_at, sentence_at = (np.cumsum(each) - each for each in (words, spans, sentences))

    def joined(name: str, shifts: np.ndarray) -> Tensor:
        parts = [getattr(each, name) + shift for each, shift in zip(examples, shifts, strict=True)]
        return torch.from_numpy(np.concatenate(parts))

    shifts = [np.array([at, at, 0]) for at in span_at]
    relations = [each.relations + shift for each, shift in zip(examples, shifts, strict=True)]
    # Behind the highest number of the documents before; 0 stays 0.
    highest = np.array([each.cluster.max(initial=0) for each in examples])
    clusters = [
        np.where(each.cluster > 0, each.cluster + shift, 0)
        for each, shift in zip(examples, np.cumsum(highest) - highest, strict=True)
    ]
    word = [np.where(each.word < 0, -1, each.word + at) for each, at in zip(examples, word_at, strict=True)]
    groups, order = grouped(
        np.concatenate([each.pieces for each in examples]),
        np.concatenate([each.lengths for each in examples]),
        padding,
    )
    return Batch(
        groups=groups,
        word=torch.from_numpy(np.concatenate(word)[order]),
        words=int(words.sum()),
        first=joined("first", word_at),
        last=joined("last", word_at),
        sentence=joined("sentence", sentence_at),
        document=torch.from_numpy(np.repeat(np.arange(len(examples)), spans)),
        sentence_words=joined("words", np.zeros_like(words)),
        document_words=torch.from_numpy(words),
        entity=joined("entity", np.zeros_like(words)),
        relations=torch.from_numpy(np.concatenate(relations)),
        cluster=torch.from_numpy(np.concatenate(clusters)),
        offsets=word_at.tolist(),
    )


def grouped(
    pieces: np.ndarray, lengths: np.ndarray, padding: int
) -> tuple[list[tuple[Tensor, Tensor]], np.ndarray]:
    """Sentences of about the same length at once, so that little padding is read.

    Args:
        pieces: (P,) of M sentences one after the other; `lengths`: (M,) of each.

    Returns:
        The groups as a `Batch` has them, and (P,) the place in `pieces` of every piece in the order of the groups.
    """
    starts = np.cumsum(lengths) - lengths
    groups: list[tuple[Tensor, Tensor]] = []
    order = [np.zeros(0, np.int64)]
    longest_first = np.argsort(-lengths, kind="stable")
    longest_first = longest_first[lengths[longest_first] > 0]
    while len(longest_first):
        length = int(lengths[longest_first[0]])
        many = int((lengths[longest_first] >= ALIKE * length).sum())
        taken, longest_first = np.sort(longest_first[:many]), longest_first[many:]
        place = starts[taken][:, None] + np.arange(length)
        real = np.arange(length) < lengths[taken][:, None]
        filled = np.where(real, pieces[np.where(real, place, 0)], padding)
        groups.append((torch.from_numpy(filled), torch.from_numpy(real)))
        order.append(place[real])
    return groups, np.concatenate(order)
