"""Documents as arrays: every narrow span once, sentences of a length together, numbers that do not collide."""

import numpy as np
import torch

from retort.studies.scitext.data import Document
from retort.studies.scitext.examples import grouped
from tests.studies.scitext.documents import three
from tests.studies.scitext.small_extractor import read, small


def test_every_narrow_span_of_a_sentence_stands_once(tmp_path):
    _, reader = small(tmp_path)
    for document in three():
        example = reader.example(document)
        expected = [
            (first, last)
            for start, end in document.bounds
            for first in range(start, end)
            for last in range(first, min(first + 4, end))
        ]
        assert list(zip(example.first, example.last, strict=True)) == expected
        assert example.cut == 0
        entities = {
            (example.first[place], example.last[place] + 1): reader.schemes.entities[
                example.entity[place] - 1
            ]
            for place in np.flatnonzero(example.entity)
        }
        narrow = {each.span: each.type for each in document.gold.entities if each.end - each.start <= 4}
        assert entities == narrow
        # Every word has its pieces, in order.
        assert example.word.tolist() == sorted(example.word.tolist())
        assert set(example.word) == set(range(len(document.words)))


def test_documents_are_counted_on(tmp_path):
    _, reader = small(tmp_path)
    batch = read(reader, three())
    assert batch.words == 21 + 18 + 4
    assert batch.offsets == [0, 21, 39]
    assert batch.document_words.tolist() == [21, 18, 4]
    assert batch.sentence_words.tolist() == [8, 5, 8, 14, 4, 4]
    assert set(batch.cluster.tolist()) == {0, 1, 2}
    second = (batch.document == 1) & (batch.cluster > 0)
    assert batch.first[second].tolist() == [21 + 13, 21 + 14]
    assert (batch.sentence[1:] >= batch.sentence[:-1]).all()
    assert sum(int(real.sum()) for _, real in batch.groups) == len(batch.word)


def test_sentences_are_grouped_by_length():
    lengths = np.array([3, 20, 0, 18, 4, 20])
    pieces = np.arange(100, 100 + lengths.sum())
    groups, order = grouped(pieces, lengths, padding=7)
    assert [tuple(numbers.shape) for numbers, _ in groups] == [(3, 20), (2, 4)]
    flat = torch.cat([numbers[real] for numbers, real in groups]).numpy()
    assert (flat == pieces[order]).all()
    assert sorted(order) == list(range(len(pieces)))
    numbers, real = groups[1]
    assert numbers[0].tolist() == [100, 101, 102, 7]
    assert real[0].tolist() == [True, True, True, False]


def test_a_document_of_one_word_is_read(tmp_path):
    model, reader = small(tmp_path)
    document = Document("alone", [["alone"], []])
    terms = model.loss(read(reader, [document]))
    assert set(terms) == {"entities", "relations", "coreference", "total"}
    assert all(torch.isfinite(term) for term in terms.values())
    assert read(reader, [document]).sentence_words.tolist() == [1, 0]
