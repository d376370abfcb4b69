"""What is hidden: as many places in every window, whole words in a row, and rarely the ends of documents."""

import numpy as np
import pytest

from retort.studies.scitext.hiding import hide
from retort.studies.scitext.pieces import END, MASK, SPECIALS

BEGINS = np.arange(1000) < 300  # pieces up to 299 begin a word, the others go on
WORD = [10, 301, 302]


def windows(many: int, length: int) -> np.ndarray:
    return np.random.default_rng(0).integers(SPECIALS, 1000, (many, length))


@pytest.mark.parametrize("ngram", [0, 1, 3])
def test_shares(ngram):
    given = windows(400, 64)
    found = hide(given, BEGINS, 0.15, ngram, np.random.default_rng(1))
    assert found.places.shape == found.answers.shape == (400, 10)
    places, seen = found.places.numpy(), found.seen.numpy()
    assert (np.diff(places, axis=1) > 0).all()
    assert (np.take_along_axis(given, places, 1) == found.answers.numpy()).all()
    shown = np.take_along_axis(seen, places, 1)
    assert (shown == MASK).mean() == pytest.approx(0.8, abs=0.02)
    assert (shown == found.answers.numpy()).mean() == pytest.approx(0.1, abs=0.02)
    np.put_along_axis(seen, places, found.answers.numpy(), 1)
    assert (seen == given).all()


def test_words_are_hidden_whole_but_for_the_last():
    given = np.array([WORD * 20] * 200)
    for row in hide(given, BEGINS, 0.15, 1, np.random.default_rng(1)).places.numpy():  # nine places
        counts = np.bincount(row // 3, minlength=20)
        assert sorted(counts[counts > 0]) == [3, 3, 3]


def test_single_pieces_are_hidden_where_words_are_not_asked_for():
    found = hide(np.array([WORD * 20] * 200), BEGINS, 0.15, 0, np.random.default_rng(1))
    assert np.mean([len(set(row // 3)) for row in found.places.numpy()]) > 6


def test_words_in_a_row():
    """Of single-piece words, hidden neighbours are more where up to three go together; runs of n are drawn by 1/n."""
    given = np.full((2000, 60), 10)
    together = [
        (
            np.diff(hide(given, BEGINS, 0.15, ngram, np.random.default_rng(1)).places.numpy(), axis=1) == 1
        ).mean()
        for ngram in (1, 3)
    ]
    assert together[0] < 0.2 < 0.3 < together[1]


def test_ends_of_documents_stay():
    given = windows(100, 20)
    given[:, ::2] = END
    found = hide(given, BEGINS, 0.3, 0, np.random.default_rng(1))
    assert (found.answers.numpy() >= SPECIALS).all()


def test_one_at_least_and_the_same_for_the_same_numbers():
    given = windows(3, 4)
    one, other = (hide(given, BEGINS, 0.01, 3, np.random.default_rng(5)) for _ in range(2))
    assert one.places.shape == (3, 1)
    assert (one.seen == other.seen).all()
    assert given.min() >= SPECIALS  # what was given is not written into
