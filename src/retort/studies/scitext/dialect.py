"""How a data set writes its words: a text of the user's own must be written so before a network that learned it reads.

SciERC, as treebanks, has -LRB- for a bracket and `` for a quotation mark; Matscholar comes in small letters, with
<nUm> for every number and the elements of a formula in alphabetical order (O2Ti). Which it is, is seen from its words.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from retort.chemistry.composition import FormulaError, integers, parse
from retort.studies.scitext.given import Word

NUMBER = "<nUm>"
BRACKETS = {"(": "-LRB-", ")": "-RRB-", "[": "-LSB-", "]": "-RSB-", "{": "-LCB-", "}": "-RCB-"}
OPENED, CLOSED = "``", "''"
TREEBANK = BRACKETS | {"“": OPENED, "”": CLOSED, "‘": "`", "’": "'"}
DASH, DASHES = "--", ("–", "—")
JOINTS = "-/"
_NUMBER = re.compile(r"[-+−]?(?:\d[\d.,]*|\.\d+)")


@dataclass(frozen=True)
class Dialect:
    """What is done to words; which of it is decided by those of a data set.

    Attributes:
        known: the words of its training documents.
        treebank: brackets and quotation marks are written as newswire is.
        numbers: a number is `NUMBER`.
        small: capitals are those of names alone, not of the first word of a sentence.
        joints: which of `JOINTS` are words of their own, but for those in known words.
    """

    known: frozenset[str]
    treebank: bool
    numbers: bool
    small: bool
    joints: str

    @classmethod
    def of(cls, words: Iterable[str]) -> "Dialect":
        """That of these words of training documents."""
        counts = Counter(words)
        compound = {
            joint: sum(count for word, count in counts.items() if joint in word[1:-1]) for joint in JOINTS
        }
        return cls(
            known=frozenset(counts),
            treebank=BRACKETS["("] in counts and "(" not in counts,
            numbers=NUMBER in counts,
            small="the" in counts and "The" not in counts,
            joints="".join(joint for joint in JOINTS if counts[joint] > compound[joint]),
        )

    def write(self, sentence: list[Word]) -> list[Word]:
        """The same words as the data set writes them; each keeps its place in the text."""
        parts = [part for word in sentence for part in self._parts(word)]
        written: list[Word] = []
        inside = False  # a quotation
        for word in parts:
            text = self._spelt(word.text)
            if self.treebank and word.text == '"':
                text, inside = (CLOSED, False) if inside else (OPENED, True)
            if self.small and not written:
                text = self._begun(text)
            written.append(Word(text, word.start, word.end))
        return written

    def unseen(self, words: Iterable[str]) -> list[str]:
        """Those that no training document has in either case, each once."""
        return [
            word
            for word in dict.fromkeys(words)
            if word not in self.known and word.lower() not in self._small
        ]

    @cached_property
    def _small(self) -> frozenset[str]:
        return frozenset(word.lower() for word in self.known)

    def _parts(self, word: Word) -> list[Word]:
        """A compound in its parts, with what joins them."""
        whole = word.text in self.known or (self.small and word.text.lower() in self.known)
        if not self.joints or whole or len(word.text) != word.end - word.start:
            return [word]
        cuts = [0]
        for match in re.finditer(rf"(?<=\w)[{re.escape(self.joints)}](?=\w)", word.text):
            cuts += match.span()
        return [
            Word(word.text[low:high], word.start + low, word.start + high)
            for low, high in zip(cuts, [*cuts[1:], len(word.text)], strict=True)
        ]

    def _spelt(self, text: str) -> str:
        if text in self.known:
            return text
        if self.treebank and text in TREEBANK:
            return TREEBANK[text]
        if text in DASHES and DASH in self.known:
            return DASH
        if self.numbers and _NUMBER.fullmatch(text):
            return NUMBER
        others = (_alphabetical(text), text.lower() if self.small else None)
        return next((other for other in others if other in self.known), text)

    def _begun(self, text: str) -> str:
        """The first word of a sentence, unless its capital is that of a name."""
        lower = text[:1].lower() + text[1:]
        return lower if lower in self.known or (text not in self.known and text[1:].islower()) else text


def _alphabetical(text: str) -> str | None:
    """A formula with its elements in alphabetical order and the smallest whole amounts; None where it is none."""
    if not text[:1].isupper():
        return None
    try:
        amounts = integers(parse(text))
    except FormulaError:
        return None
    if amounts is None:
        return None
    return "".join(f"{symbol}{count if count > 1 else ''}" for symbol, count in sorted(amounts.items()))
