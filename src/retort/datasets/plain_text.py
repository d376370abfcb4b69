"""Plain text as sentences of words, in the manner of the Penn Treebank: signs stand apart, hyphenated words do not.

The same words for all: for corpora that encoders read, for annotated texts that come as characters, and for what a user
asks about.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Numbers with their points and commas, words with inner hyphens, points and apostrophes, `'s`, or a single sign.
_WORD = re.compile(r"\d+(?:[.,]\d+)+(?!\w)|'s\b|\w+(?:[-.&+@_]\w+)*(?:n't\b)?|[^\w\s]")
_END = re.compile(r"[.?!][\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])|\n+")
# After these a point ends no sentence.
_SHORT = frozenset(
    {
        "al",
        "cf",
        "dr",
        "e.g",
        "eq",
        "et",
        "etc",
        "fig",
        "figs",
        "i.e",
        "mr",
        "mrs",
        "ms",
        "no",
        "nos",
        "prof",
        "ref",
    }
    | {"refs", "resp", "sec", "spp", "st", "vs"}
)


class Word(NamedTuple):
    """A word and its place: characters [start, end) of the text."""

    text: str
    start: int
    end: int


def sentences(text: str) -> list[list[Word]]:
    """The sentences of a text, each a list of its words; sentences without words are left out.

    A sentence ends at a line break, and at `.`, `?` or `!` before a capital letter or a digit, except after an initial
    or a usual abbreviation.
    """
    found = [
        [Word(one[0], start + one.start(), start + one.end()) for one in _WORD.finditer(text[start:end])]
        for start, end in _parts(text)
    ]
    return [sentence for sentence in found if sentence]


def tokenised(text: str) -> str:
    """The words of a text with one blank between any two."""
    return " ".join(_WORD.findall(text))


def _parts(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _END.finditer(text):
        if end[0].startswith("."):
            before = text[start : end.start()].rsplit(None, 1)[-1:] or [""]
            word = before[0].lstrip("(\"'[").lower()
            if word in _SHORT or (len(word) == 1 and word.isalpha()):
                continue
        yield start, end.end()
        start = end.end()
    yield start, len(text)
