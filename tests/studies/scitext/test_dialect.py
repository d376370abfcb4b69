"""Words are written as those of a data set, and keep their places."""

import pytest

from retort.studies.scitext.dialect import Dialect
from retort.studies.scitext.given import split


def _listed(words):
    return words.split()


# As SciERC writes, a treebank; as Matscholar does, with small letters, <nUm>, sorted formulas and split compounds.
TREEBANK = _listed("The parser -LRB- of the `` best '' -RRB- is state-of-the-art -- and well-known .")
MATERIALS = _listed("the O2Ti / CSi films - in x-ray and / or peak - to - peak , <nUm> nm Ti at high")


def written(words, text):
    dialect = Dialect.of(words)
    return [
        [(word.text, word.start, word.end) for word in dialect.write(sentence)] for sentence in split(text)
    ]


def test_a_treebank_has_its_own_brackets_quotes_and_dashes():
    text = 'The (new) "best" [1], “so” — state-of-the-art - it is.'
    (sentence,) = written(TREEBANK, text)
    assert " ".join(word for word, *_ in sentence) == (
        "The -LRB- new -RRB- `` best '' -LSB- 1 -RSB- , `` so '' -- state-of-the-art - it is ."
    )
    assert text[slice(*sentence[1][1:])] == "("


def test_abstracts_of_materials_have_small_letters_numbers_and_sorted_formulas():
    text = "The TiO2/SiC films, X-ray peak-to-peak of 10-20 nm (3.5). Ti is at high. Gold-Fe2O3 too."
    said = [" ".join(word for word, *_ in sentence) for sentence in written(MATERIALS, text)]
    assert said == [
        "the O2Ti / CSi films , x-ray peak - to - peak of <nUm> - <nUm> nm ( <nUm> ) .",
        "Ti is at high .",
        "gold - Fe2O3 too .",
    ]
    places = [text[start:end] for sentence in written(MATERIALS, text) for _, start, end in sentence]
    assert places[1:4] == ["TiO2", "/", "SiC"]
    assert places[-5:] == ["Gold", "-", "Fe2O3", "too", "."]


@pytest.mark.parametrize("words", ["the The ( ) TiO2 film - a well-known well-known", ""])
def test_what_a_data_set_does_not_do_is_not_done(words):
    text = "The (new) TiO2 film-like 3.5, “so” – it's Ca(OH)2."
    (sentence,) = written(_listed(words), text)
    assert [word for word, *_ in sentence] == [word.text for word in split(text)[0]]


def test_words_of_no_training_document_are_known():
    assert Dialect.of(["The", "film"]).unseen(["the", "Film", "grew", ".", "grew"]) == ["grew", "."]
