"""Words of a description, and what counting them keeps."""

import numpy as np
import pytest

from retort.studies.discovery.text import counted, vocabulary, words


def test_words_keep_capitals_and_round_lengths():
    assert words("Na(1)-Cl is 2.449 Å.") == ["Na", "(", "1", ")", "-", "Cl", "is", "2.4", "Å", "."]
    assert words("In 12 sites") == ["In", "12", "sites"]


def test_rare_words_are_unknown():
    assert vocabulary(["a b b", "a c", "c d"], 2) == ["a", "c"]


def test_like_texts_lie_together_and_later_words_change_nothing():
    texts = (
        ["rock salt cubic six"] * 3
        + ["wurtzite hexagonal four"] * 3
        + ["rock salt cubic six", "nothing known"]
    )
    fitted = np.arange(6)
    found = counted(texts, fitted, 10)
    assert found.shape[1] <= 5
    assert np.allclose(found[0], found[6])
    assert not np.allclose(found[0], found[3])
    assert np.allclose(found[7], 0)  # words that no fitted text has
    assert np.allclose(counted([*texts[:7], "rock rock"], fitted, 10)[:7], found[:7])


def test_two_texts_are_too_few():
    with pytest.raises(ValueError, match="2 texts"):
        counted(["a", "b"], np.arange(2), 4)
