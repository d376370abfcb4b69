"""Plain text is split into sentences and words as the annotated data sets are, and every word is found again."""

import io
import sys
from itertools import pairwise

import pytest

from retort.asking import AskError
from retort.studies.scitext import given


def split(text):
    return [[word.text for word in sentence] for sentence in given.split(text)]


def sentences(text):
    return [" ".join(words) for words in split(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("We parse (quickly), it's 50% faster.", "We parse ( quickly ) , it 's 50 % faster ."),
        (
            "the state-of-the-art, F-measure 0.5; 1,000 words",
            "the state-of-the-art , F-measure 0.5 ; 1,000 words",
        ),
        ("a \"flat\" list of “new” ``things''", "a \" flat \" list of “ new ” `` things ''"),
        ("we can't, users' and Smith's", "we ca n't , users ' and Smith 's"),
        ("Ca(OH)2, f(x) and (OH)2 at 25°C [see (a)]", "Ca(OH)2 , f(x) and (OH)2 at 25 ° C [ see ( a ) ]"),
        ("x=1—that is, p<0.05--or so", "x = 1 — that is , p < 0.05 -- or so"),
        ("eﬃcient soft\u00adly \u200b .", "efficient softly ."),  # what nobody sees is no part of a word
        ("and/or e.g. i.e. U.S. data", "and/or e.g. i.e. U.S. data"),
        ("LiFePO₄ at 10⁻³ S cm⁻¹", "LiFePO4 at 10-3 S cm-1"),
        (
            'LiFePO<sub>4</sub>, <i>(ex situ)</i>, (<SUP class="a">7</SUP>Li<jats:sub>2</jats:sub>)',
            "LiFePO4 , ( ex situ ) , ( 7Li2 )",
        ),
        ("x<i and i>x, T<300 K", "x < i and i > x , T < 300 K"),
    ],
)
def test_words_are_those_of_a_treebank(text, words):
    assert sentences(text) == [words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One is here. Two is there!  Three? Yes.", ["One is here .", "Two is there !", "Three ?", "Yes ."]),
        (
            "As Smith et al. (2019) did, see Fig. 3. It works.",
            ["As Smith et al. ( 2019 ) did , see Fig. 3 .", "It works ."],
        ),
        ("By Smith et al. We go on.", ["By Smith et al.", "We go on ."]),
        (
            "See No. 5, e.g. Eq. (2). He says no. They go.",
            ["See No. 5 , e.g. Eq. ( 2 ) .", "He says no .", "They go ."],
        ),
        ("J. A. Smith takes vitamin C. We do not.", ["J. A. Smith takes vitamin C .", "We do not ."]),
        ("It grew (by half.) Then it fell.", ["It grew ( by half . )", "Then it fell ."]),
        ("It was so. mRNA was seen. pH 7 was best.", ["It was so .", "mRNA was seen .", "pH 7 was best ."]),
        ("A point . of a sentence", ["A point . of a sentence"]),
        ("all is small. so is this.", ["all is small .", "so is this ."]),
        ("A title\n \nThe text\ngoes on", ["A title", "The text goes on"]),
        ("", []),
        ("\n\n", []),
    ],
)
def test_sentences_end_where_readers_end_them(text, expected):
    assert sentences(text) == expected


def test_every_word_stands_where_it_says():
    text = 'The ﬁlm (of "TiO2") grew. It\'s 5°C.\n\nMore…'
    words = [word for sentence in given.split(text) for word in sentence]
    plain = [word for word in words if word.text != "film"]
    assert len(words) - len(plain) == 1
    assert all(text[word.start : word.end] == word.text for word in plain)
    assert all(one.end <= other.start for one, other in pairwise(words))
    # Nothing but blanks is left out.
    assert "".join(text[word.start : word.end] for word in words) == "".join(text.split())


def test_words_between_marks_stand_where_they_say():
    text = "<p>We made <i>c</i>-TiO<sub>2</sub>.</p><p>It grew on <b>SiO<sub>2</sub></b>.</p>"
    words = [word for sentence in given.split(text) for word in sentence]
    assert sentences(text) == ["We made c-TiO2 .", "It grew on SiO2 ."]
    assert [text[word.start : word.end] for word in words] == [
        *("We", "made", "c</i>-TiO<sub>2", ".", "It", "grew", "on", "SiO<sub>2", "."),
    ]


def test_texts_come_from_files_and_standard_input(here, monkeypatch):
    (here / "a.txt").write_text("\ufeffOne thing. *** Two things.", encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO("Piped."))
    one, two = given.texts_of(["a.txt", "-"])
    assert [[word.text for word in words] for words in one.sentences] == [
        ["One", "thing", "."],
        ["***", "Two", "things", "."],
    ]
    assert (two.file, len(two.words), two.error) == ("standard input", 2, None)


def test_what_cannot_be_read_or_is_empty_is_named(here):
    (here / "good.txt").write_text("A text. ...\n\n* * *\n")
    (here / "empty.txt").write_text(" \n")
    (here / "binary").write_bytes(b"\xff\xfe")
    good, empty, binary, absent = given.texts_of(["good.txt", "empty.txt", "binary", "absent"])
    assert (good.error, len(good.sentences)) == (None, 1)
    assert good.notes == [
        "a sentence without words, left out: '...'",
        "a sentence without words, left out: '* * *'",
    ]
    assert empty.error.startswith("there is no sentence in it. Hint: ")
    assert binary.error.startswith("line 1: the byte 0xff is not UTF-8. Hint: save it as UTF-8")
    assert binary.error.count("Hint: ") == 1
    assert absent.error.startswith("No such file")
    assert "Hint: " in absent.error
    with pytest.raises(AskError, match=r"^empty\.txt: there is no sentence in it.*; absent: No such file"):
        given.texts_of(["empty.txt", "absent"])
