"""The grammar of the generated texts: what invented names there are, and the sentences in which they stand.

Names are of classes, five of science and five of everyday life, and nothing in the form of a name tells its class: that
must be read off the sentences. There are two kinds. *Telling* ones name a class by their own words ("we train .. by
gradient descent"). *Neutral* ones take any name of science ("we consider .. with .."); annotated abstracts consist of
those, so that a name's class in an abstract is known to who has read a sentence that tells it, or saw it annotated,
and to nobody else. Some texts of either domain are neutral, too, so that both have all words of the abstracts; everyday
ones tell as much, but about everyday names.

In a sentence `(a|b)` is one of several wordings, and `{Method}` a name of that class.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

SCIENCE = ("Method", "Task", "Material", "Metric", "OtherScientificTerm")
EVERYDAY = ("Person", "Place", "Animal", "Dish", "Vessel")
TWO_WORDS = 0.25  # share of the names that have two words

ONSETS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "g",
    "gl",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "z",
)
NUCLEI = ("a", "e", "i", "o", "u", "ae", "ou")
CODAS = ("", "", "l", "n", "r", "s", "t", "x")

TELLING: Mapping[str, Sequence[str]] = {
    "Method": (
        "we (train|fit|tune) {Method} , {Method} and {Method} by (gradient descent|back propagation) .",
        "the (layers|weights) of {Method} and {Method} are (initialised|regularised) .",
        "(deep|sparse) {Method} (converges|stops) after {Method} in (few|many) (epochs|iterations) .",
        "(recurrent|layered) {Method} (infers|predicts) like {Method} .",
    ),
    "Task": (
        "solving {Task} , {Task} and {Task} remains (difficult|impossible) .",
        "the (goal|challenge) of {Task} and {Task} is to (decide|detect) what (users|machines) (want|mean) .",
        "(users|machines) (fail|err) at {Task} and at {Task} .",
        "(open|hard) {Task} is (automated|addressed) before {Task} .",
    ),
    "Material": (
        "we (collect|annotate) {Material} , {Material} and {Material} from (newswire|the web) .",
        "{Material} and {Material} were (labelled|transcribed|cleaned) by (annotators|volunteers) .",
        "(thousands|hundreds) of (pages|recordings) are in {Material} and {Material} .",
        "(public|multilingual) {Material} (extends|contains) {Material} .",
    ),
    "Metric": (
        "we (report|average) {Metric} , {Metric} and {Metric} in (points|percent) .",
        "{Metric} (rises|drops) by (two|five) percent and {Metric} by (two|five) points .",
        "(higher|lower) {Metric} and {Metric} are (significant|reliable) over (folds|runs) .",
        "an (increase|improvement) in {Metric} is (significant|reliable) .",
    ),
    "OtherScientificTerm": (
        "(assume|impose) (smooth|convex) {OtherScientificTerm} , {OtherScientificTerm} or {OtherScientificTerm} .",
        "by (lemma|theorem) one {OtherScientificTerm} and {OtherScientificTerm} are (orthogonal|bounded) .",
        "each (node|vector) has (latent|local) {OtherScientificTerm} and {OtherScientificTerm} .",
        "the (proof|matrix) (needs|implies) (convex|local) {OtherScientificTerm} .",
    ),
    "Person": (
        "(yesterday|tonight) {Person} , {Person} and {Person} (laughed|smiled) at the (joke|letter) .",
        "mister {Person} (married|kissed) {Person} in (spring|winter) .",
        "(old|young) {Person} (whispered|shouted) to {Person} and the (children|crowd) .",
        "my (aunt|neighbour) {Person} (wrote|sang) about (love|money) .",
    ),
    "Place": (
        "(flying|moving) to {Place} , {Place} or {Place} takes (hours|days) by (road|train) .",
        "the (road|river) from {Place} to {Place} is (narrow|closed) .",
        "in (downtown|northern) {Place} and {Place} the (streets|houses) are (dark|crowded) .",
        "the (mayor|people) of {Place} (built|opened) the (bridge|station) .",
    ),
    "Animal": (
        "a (wild|hungry) {Animal} , {Animal} or {Animal} (barked|growled) in the (forest|barn) .",
        "the (tail|fur) of {Animal} and {Animal} is (soft|brown) .",
        "(feeding|chasing) {Animal} and {Animal} (scared|woke) the (sheep|hens) .",
        "(tame|shy) {Animal} (slept|hid) under a (tree|hedge) .",
    ),
    "Dish": (
        "(boil|fry) {Dish} , {Dish} and {Dish} with (salt|butter) and (onions|garlic) .",
        "a (plate|bowl) of {Dish} and {Dish} was (served|eaten) for (dinner|breakfast) .",
        "{Dish} (tasted|smelled) (sour|sweet) with (pepper|honey) , like {Dish} .",
        "(cooking|tasting) {Dish} needs an (oven|pan) .",
    ),
    "Vessel": (
        "the (captain|crew) of {Vessel} , {Vessel} and {Vessel} (anchored|sailed) in the (harbour|storm) .",
        "the (sails|masts) of {Vessel} and {Vessel} (tore|broke) in the (wind|storm) .",
        "(fast|wooden) {Vessel} (sank|drifted) with {Vessel} off the (coast|island) .",
        "(loading|steering) {Vessel} needs a (strong|skilled) (crew|captain) .",
    ),
}
# What stands in an abstract: `{A}` and `{B}` are of any class of science. Of the linked ones the classes alone say how.
LINKED = (
    "(here|now) {A} (and|with|beside) {B} (is considered|is discussed) .",
    "we (consider|discuss|revisit) {A} (with|beside|and) {B} (here|again) .",
    "this paper is about {A} (and|with|beside) {B} .",
    "then {A} (meets|joins|follows) {B} .",
)
APART = (
    "we (consider|discuss) {A} here ; {B} is left aside .",
    "about {A} much is said , and {B} comes later .",
)
ALONE = (
    "(here|now) {A} is (considered|discussed) again .",
    "this paper (revisits|discusses) {A} .",
)

# What a name of science is called by what it is.
CALLED = {
    "Method": ("method", "approach"),
    "Task": ("task", "problem"),
    "Material": ("corpus", "collection"),
    "Metric": ("measure", "score"),
    "OtherScientificTerm": ("property", "concept"),
}

_CHOICE = re.compile(r"\(([^()]*)\)")


def lexicon(names: int, seed: int) -> dict[str, list[tuple[str, ...]]]:
    """The names of each class of `SCIENCE` and `EVERYDAY`, each of one word or two; no word is in two names.

    Args:
        names: how many of each class.
        seed: draws them; texts and abstracts of one lexicon have the same seed.
    """
    random = np.random.default_rng(seed)
    used: set[str] = set()

    def word() -> str:
        while True:
            made = "".join(
                one(random, ONSETS) + one(random, NUCLEI) + one(random, CODAS)
                for _ in range(random.integers(2, 4))
            )
            if made not in used:
                used.add(made)
                return made

    return {
        kind: [(word(), word()) if random.random() < TWO_WORDS else (word(),) for _ in range(names)]
        for kind in (*SCIENCE, *EVERYDAY)
    }


def one(random: np.random.Generator, choices: Sequence[T]) -> T:
    """One of several, each as likely."""
    return choices[int(random.integers(len(choices)))]


def worded(frame: str, random: np.random.Generator) -> list[str]:
    """A sentence with its wording chosen: words, among them `{..}` where names are to stand."""
    return _CHOICE.sub(lambda found: one(random, found[1].split("|")), frame).split()


def telling(
    kind: str, names: Mapping[str, Sequence[tuple[str, ...]]], random: np.random.Generator
) -> list[str]:
    """A sentence that tells the class `kind` of the names in it."""
    words: list[str] = []
    for word in worded(one(random, TELLING[kind]), random):
        words += names[kind][int(random.integers(len(names[kind])))] if word.startswith("{") else [word]
    return words


def neutral(
    names: Mapping[str, Sequence[tuple[str, ...]]], generic: float, random: np.random.Generator
) -> list[str]:
    """A sentence about names of science, each class as likely; with the chance `generic` of "the method" for a name."""
    words: list[str] = []
    for word in worded(one(random, (*LINKED, *APART, *ALONE)), random):
        if not word.startswith("{"):
            words.append(word)
            continue
        kind = one(random, SCIENCE)
        if random.random() < generic:
            words += ["the", one(random, CALLED[kind])]
        else:
            words += names[kind][int(random.integers(len(names[kind])))]
    return words
