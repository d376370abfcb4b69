"""Words and their pieces: each word is found again between its first and its last."""

import numpy as np
import pytest

from retort.studies.scitext.pieces import PAD, SPECIALS, Pieces, Tokenizer, tokenizer_of
from tests.studies.scitext.small_corpus import inputs, rows

WORDS = ["the", "parsers", "build", "unheard-of", "Bäume", "."]


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    return inputs(tmp_path_factory.mktemp("corpus")).features["word_pieces"]


def text(tokenizer: Tokenizer, pieces: np.ndarray) -> str:
    return tokenizer._published.decode(pieces.tolist())


def test_every_word_is_between_its_first_and_last_piece(view):
    tokenizer = Tokenizer(view)
    pieces, first, last = tokenizer.encode_words(WORDS)
    assert [text(tokenizer, pieces[a : b + 1]) for a, b in zip(first, last, strict=True)] == [
        f" {word}" for word in WORDS
    ]
    assert first[0] == 0
    assert last[-1] == len(pieces) - 1
    assert (first[1:] == last[:-1] + 1).all()
    assert pieces.min() >= SPECIALS
    assert tokenizer.begins[pieces[first]].all()
    assert tokenizer.padding == PAD
    assert len(tokenizer.begins) == tokenizer.size


def test_words_have_the_pieces_that_they_have_in_the_corpus(view):
    corpus, tokenizer = Pieces.of(view), Tokenizer(view)
    for number in (0, 70):
        words = rows()["text"][number].split()
        stored = corpus.pieces[corpus.offsets[number] : corpus.offsets[number + 1]]
        assert tokenizer.encode_words(words)[0].tolist() == stored.tolist()
    assert corpus.ids[70] == rows()["id"][70]
    assert set(corpus.domains) == {"general", "science"}


def test_no_words_and_empty_ones(view):
    tokenizer = Tokenizer(view)
    assert [len(each) for each in tokenizer.encode_words([])] == [0, 0, 0]
    for wrong in ("", " "):
        with pytest.raises(ValueError, match="Hint"):
            tokenizer.encode_words(["the", wrong])


def test_a_local_encoders_ends_stand_outside_of_the_words(view):
    local = tokenizer_of({"kind": "local", "folder": str(view)}, {})
    plain = tokenizer_of({"kind": "deberta"}, {"word_pieces": view})
    pieces, first, last = local.encode_words(WORDS)
    bare, *places = plain.encode_words(WORDS)
    assert pieces.tolist() == [2, *bare, 3]
    assert [first.tolist(), last.tolist()] == [(each + 1).tolist() for each in places]


def test_a_folder_without_tokenizer(tmp_path):
    with pytest.raises(FileNotFoundError, match="Hint"):
        Tokenizer(tmp_path)
