"""Sentences and words of plain text."""

import pytest

from retort.datasets.plain_text import sentences, tokenised


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("IL-2-induced genes (NF-kappa B), e.g. c-fos.", "IL-2-induced genes ( NF-kappa B ) , e.g . c-fos ."),
        ("It's 3.5% of 1,000; the users' own.", "It 's 3.5 % of 1,000 ; the users ' own ."),
        ('A "new" x=y/z?', 'A " new " x = y / z ?'),
        ("naïve Schrödinger α-Fe", "naïve Schrödinger α-Fe"),
        ("", ""),
    ],
)
def test_signs_stand_apart_and_hyphenated_words_do_not(text, words):
    assert tokenised(text) == words


def test_sentences_end_at_signs_and_lines_but_not_after_abbreviations_and_initials():
    text = "A title\nWe follow Smith et al. In mice, cf. Fig. 3, J. Doe saw it. Did he? 5 did."
    assert [" ".join(word.text for word in one) for one in sentences(text)] == [
        "A title",
        "We follow Smith et al . In mice , cf . Fig . 3 , J . Doe saw it .",
        "Did he ?",
        "5 did .",
    ]


def test_words_know_their_place():
    text = "One (two).\n\nThree."
    found = [word for one in sentences(text) for word in one]
    assert all(text[word.start : word.end] == word.text for word in found)
    assert [word.text for word in found] == ["One", "(", "two", ")", ".", "Three", "."]


def test_a_text_without_words_has_no_sentence():
    assert sentences("") == sentences(" \n \n") == []
