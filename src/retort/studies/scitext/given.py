"""Texts as a user gives them: read from files and standard input, split into sentences and words.

A word keeps where it stands in its text, so that what is said of it can be found again. Only the standard library is
imported before a command runs, so that `retort --help` stays quick.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from retort.asking import AskError, read_file
from retort.chemistry.subscripts import DIGITS, SUBSCRIPTS

PIPED = "standard input"
# What one may ask for: the data sets whose types are found, the first that models were trained on.
SCHEMES = {"scierc": ("scierc", "abstracts"), "materials": ("matscholar", "sofc")}


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A full stop behind these is theirs and ends no sentence.
ABBREVIATIONS = _listed(
    "al approx ca cf chap dept dr eds eqn eqns esp etc incl ie eg mr mrs pp prof ref refs resp st tab vol vs"
)
BEFORE_NUMBERS = _listed("no nos max min ex fig figs eq eqs sec sect")  # else words of their own
# These may end a sentence nevertheless, where the next one begins as sentences do.
MAY_END = frozenset({"al", "etc"})
OPENERS = _listed(
    "A Although An As At Based Both Experimental Experiments Finally First For From Furthermore Here However If In It "
    "Its Moreover On Our Recent Results Second Since Such That The Their Then There Therefore These They This Those "
    "Thus To Under Unlike Using We When While With"
)
OPENING, CLOSING = "([{", ")]}"
BEFORE = "\"'`“‘«„<~$€£#"
BEHIND = "\"'”’»,;:!?%…>"
ENDS = (".", "!", "?", "…", "...")
AROUND = frozenset([*CLOSING, *"\"'”’»"])  # what may stand between the end of a sentence and the next
# What is a word of its own wherever it stands: dashes between words, signs.
_SIGNS = re.compile(r"(--+|\.{3,}|[—–=×°±≈≤≥<>→])")
_CHUNK = re.compile(r"[^\s\u200b](?:\S*[^\s\u200b])?")  # what stands between two blanks
_CLITIC = re.compile(r"(?i)(n['’]t|['’](?:s|re|ve|ll|m|d))$")
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]")
# How words are written: ligatures apart, small digits as digits (the data sets have TiO2 and cm-2), nothing unseen.
_UNSEEN = "\u200b"
_SPELT = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
    | dict(zip(SUBSCRIPTS + "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾", DIGITS * 2, strict=True))
    | dict.fromkeys(f"\u00ad\ufeff{_UNSEEN}")
)
# Marks of publishers and libraries in what they call plain text: within words, and between them.
_MARKUP = r"</?(?:jats:|mml:)?(?:%s)(?:\s+[\w:-]+=[^<>]*)?\s*/?>"
_WITHIN = re.compile(_MARKUP % "sub|sup|inf|i|b|u|em|strong|it|italic|bold|sc|scp|span|tt", re.IGNORECASE)
_BETWEEN = re.compile(_MARKUP % "p|br|div|title|sec|section|abstract|label|li|ul|ol|list|h\\d", re.IGNORECASE)


@dataclass(frozen=True)
class Word:
    """A word and where it stands: the characters `start` to before `end` of its text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Text:
    """One text as it was given.

    Attributes:
        file: what it is called in messages.
        text: all of it.
        sentences: those that have words.
        notes: sentences that have none.
        error: why it cannot be read at all.
    """

    file: str
    text: str = ""
    sentences: list[list[Word]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str | None = None

    @property
    def words(self) -> list[Word]:
        return [word for sentence in self.sentences for word in sentence]


def texts_of(files: list[str]) -> list[Text]:
    """The texts of files, or of standard input (`-`), in order; one that cannot be read says why.

    Raises:
        AskError: none can be read.
    """
    texts = [_text_of(file) for file in files]
    if all(text.error for text in texts):
        raise AskError("; ".join(f"{text.file}: {text.error}" for text in texts))
    return texts


def _text_of(file: str) -> Text:
    named = PIPED if file == "-" else file
    try:
        text = "".join(read_file(file, list)).removeprefix("\ufeff")
    except AskError as error:
        said = str(error).removeprefix(f"{file}: ")
        hint = "" if "Hint: " in said else ". Hint: name a file of plain text in UTF-8, or pipe a text in"
        return Text(named, error=said + hint)
    return text_of(named, text)


def text_of(named: str, text: str) -> Text:
    """A text, under the name that messages call it by; without any sentence it has an error."""
    sentences, notes = [], []
    for words in split(text):
        if any(letter.isalnum() for word in words for letter in word.text):
            sentences.append(words)
        else:
            empty = text[words[0].start : words[-1].end]
            notes.append(f"a sentence without words, left out: {empty[:40]!r}")
    if not sentences:
        return Text(named, text, notes=notes, error="there is no sentence in it. Hint: give an abstract")
    return Text(named, text, sentences, notes)


def split(text: str) -> list[list[Word]]:
    """The words of each sentence. An empty line ends one, and so do `.`, `!` and `?` where another seems to begin."""
    sentences = []
    # Marks are not read; what takes their place is as long, so that every word stands where it stood.
    text = _WITHIN.sub(lambda mark: _UNSEEN * len(mark.group()), text)
    text = _BETWEEN.sub(lambda mark: " " * len(mark.group()), text)
    lower = text == text.lower()  # so that no capital says where a sentence begins
    start = 0
    for end in [*(match.start() for match in re.finditer(r"\n[^\S\n]*\n", text)), len(text)]:
        chunks = [match.span() for match in _CHUNK.finditer(text, start, end)]
        start = end
        sentence: list[Word] = []
        for (low, high), after in zip(chunks, chain(chunks[1:], [None]), strict=False):
            following = None if after is None else text[slice(*after)]
            words = [word for word in _words(text, low, high, following) if word.text]
            sentence += words
            if following is None or _ends(words, following, lower):
                sentences.append(sentence)
                sentence = []
    return [sentence for sentence in sentences if sentence]


def _words(text: str, start: int, end: int, following: str | None) -> Iterator[Word]:
    """The words of what stands between two blanks: its punctuation by itself, but not that within numbers and names."""

    def word(low: int, high: int) -> Word:
        return Word(text[low:high].translate(_SPELT), low, high)

    behind: list[Word] = []
    while start < end:
        core = text[start:end].rstrip(_UNSEEN)
        end = start + len(core)
        core = core.lstrip(_UNSEEN)
        start = end - len(core)
        if lead := _before(core):
            yield word(start, start + lead)
            start += lead
        elif tail := _behind(core, behind[-1].text if behind else following):
            behind.append(word(end - tail, end))
            end -= tail
        else:
            break
    for match in re.compile(rf"{_SIGNS.pattern}|(?:(?!{_SIGNS.pattern}).)+").finditer(text, start, end):
        low, high = match.span()
        clitic = _CLITIC.search(text[low:high])
        cut = low + clitic.start() if clitic else high
        if low < cut < high:
            yield word(low, cut)
            low = cut
        yield word(low, high)
    yield from reversed(behind)


def _before(core: str) -> int:
    """How many characters at the beginning are a word of their own."""
    if core.startswith(("``", "''")):
        return 2
    if core[0] in OPENING:
        # "(b)" is three words, the beginning of "(OH)2" is none.
        closed = _partner(core)
        return int(closed is None or all(letter in BEHIND + CLOSING + "." for letter in core[closed:]))
    return int(core[0] in BEFORE)


def _behind(core: str, following: str | None) -> int:
    """How many characters at the end are a word of their own."""
    if core.endswith("..."):
        return len(core) - len(core.rstrip("."))
    if core.endswith(("''", "``")):
        return 2
    if core[-1] == ".":
        return int(not _abbreviates(core[:-1], following))
    if core[-1] in CLOSING:
        return int(core.count(OPENING[CLOSING.index(core[-1])]) < core.count(core[-1]))
    return int(core[-1] in BEHIND)


def _partner(core: str) -> int | None:
    """Where the bracket is closed that stands first."""
    opening, closing = core[0], CLOSING[OPENING.index(core[0])]
    depth = 0
    for place, letter in enumerate(core):
        depth += (letter == opening) - (letter == closing)
        if depth == 0:
            return place
    return None


def _abbreviates(stem: str, following: str | None) -> bool:
    """Whether a full stop behind it belongs to it."""
    if len(stem) == 1 and stem.isalpha():
        # An initial, unless a sentence ends here: "J. Smith", but "vitamin C. We ..".
        return following is not None and following.rstrip(BEHIND) not in OPENERS
    small = stem.lower()
    if small in BEFORE_NUMBERS:
        return following is not None and (following[0].isdigit() or following[0] in OPENING)
    return (small in ABBREVIATIONS and not stem.isupper()) or _INITIALS.fullmatch(stem) is not None


def _ends(words: list[Word], following: str, lower: bool) -> bool:
    """Whether a sentence ends with these words, where `following` stands behind the next blank."""
    left = [word.text for word in words]
    while left and left[-1] in AROUND:
        left.pop()
    last = left[-1] if left else ""
    first = following.lstrip(BEFORE + OPENING)
    if last in ENDS:
        # Some names begin with a small letter: pH, mRNA, p53.
        return (
            lower or not first[:1].islower() or any(letter.isupper() or letter.isdigit() for letter in first)
        )
    return last.removesuffix(".") in MAY_END and first.rstrip(BEHIND) in OPENERS
