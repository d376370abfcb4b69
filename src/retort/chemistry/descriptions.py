"""What is done to the sentences about a crystal: cleaned once, and with what they tell taken out piece by piece."""

import hashlib
import re
from functools import cache
from typing import NamedTuple

import numpy as np

from retort.chemistry.composition import SYMBOLS

MASK = "X"

# numpy 2 writes its own name into directions; doubled words and spaces are the package's.
_NUMPY = re.compile(r"np\.int64\((-?\d+)\)")
_DOUBLED = re.compile(r"\b(corner|edge|face)\1\b")
_SHARED = r"corner|edge|face"
_SHARING = re.compile(rf"\b(?:{_SHARED})(?:, (?:{_SHARED}))*,? and (?:{_SHARED})-sharing")
_SPACES = re.compile(r"\s+")
_ATOM = f"(?:{'|'.join(sorted(SYMBOLS, key=len, reverse=True))})" + r"(?:\d+(?:\.\d+)?)?"
_FORMULA = re.compile(rf"(?<![A-Za-z])(?:{_ATOM}|\((?:{_ATOM})+\)\d*)+(?![a-z])")
# A length, an angle, or a range of them, with the words that lead to it.
_MEASURE = re.compile(r"(?:(?:ranging |range )?from )?-?\d+(?:\.\d+)?(?:-\d+(?:\.\d+)?)?(?: Å|°)")
_EMPTY = re.compile(r"\s*\(\s*\)")


class Versions(NamedTuple):
    """One text, and what is left of it without some of what it tells."""

    text: str
    masked: str
    numberless: str
    masked_numberless: str
    shuffled: str


def versions(text: str, name: str) -> Versions:
    """All versions of a raw text; `name`, such as the crystal's id, draws the order of the shuffled words."""
    clean = normalised(text)
    without = numberless(clean)
    return Versions(clean, masked(clean), without, masked(without), shuffled(clean, name))


def normalised(text: str) -> str:
    """A text as it should have been written: `(0, 0, 1) direction`, `share a corner with`, single spaces.

    What polyhedra share is named in the order of the alphabet. The package takes it from a set of strings, whose order
    differs from process to process, and so do the stored texts.

    >>> normalised("oriented in the (np.int64(0), np.int64(-1)) direction and share  a cornercorner")
    'oriented in the (0, -1) direction and share a corner'
    >>> normalised("a mixture of distorted edge, face, and corner-sharing OLi6 octahedra")
    'a mixture of distorted corner, edge, and face-sharing OLi6 octahedra'
    """
    text = _SPACES.sub(" ", _DOUBLED.sub(r"\1", _NUMPY.sub(r"\1", text))).strip()
    return _SHARING.sub(_in_order, text)


def _in_order(found: re.Match[str]) -> str:
    *first, last = sorted(re.findall(_SHARED, found[0]))
    return f"{', '.join(first)}{',' if len(first) > 1 else ''} and {last}-sharing"


def masked(text: str) -> str:
    """A text with X for every formula, element symbol and element name, also in names of minerals.

    The labels of sites stay, `X(1)-X(2)`, and so do symbols of space groups, of which some (P1, Pm) look like
    formulas. `In` before `the` is the preposition.

    >>> masked("In the first O site, O(1) is bonded to two TiO6 octahedra of the Pm space group.")
    'In the first X site, X(1) is bonded to two X octahedra of the Pm space group.'
    """
    words = text.split(" ")
    following = [*words[1:], ""]
    kept = [
        word
        if after == "space" or (word == "In" and after == "the")
        else _element_names().sub(MASK, _FORMULA.sub(MASK, word))
        for word, after in zip(words, following, strict=True)
    ]
    return " ".join(kept)


def numberless(text: str) -> str:
    """A text without lengths and angles; numbers of neighbours, labels of sites and space groups stay.

    >>> numberless("There are two shorter (2.01 Å) and two longer (2.02 Å) Ti(1)-O(2) bond lengths.")
    'There are two shorter and two longer Ti(1)-O(2) bond lengths.'
    """
    without = _EMPTY.sub("", _MEASURE.sub("", text))
    return _SPACES.sub(" ", without).replace(" .", ".").replace(" ,", ",").strip()


def shuffled(text: str, name: str) -> str:
    """The words of a text in an order that `name` draws: a bag of them stays the same, and no sentence."""
    words = text.split(" ")
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return " ".join(words[place] for place in np.random.default_rng(seed).permutation(len(words)))


@cache
def _element_names() -> re.Pattern[str]:
    """A pattern of the English names of the elements as whole words, in either case."""
    from pymatgen.core import Element

    names = sorted({Element(symbol).long_name for symbol in SYMBOLS}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(names)}|sulphur|cesium|aluminium)\b", re.IGNORECASE)
