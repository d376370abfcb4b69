"""The grammar of the generated texts: what invented names there are, and the sentences in which they stand.

Names are of classes, five of science and five of everyday life, and nothing in the form of a name tells its class: that
must be read off the sentences. Three kinds of sentences there are. *Telling* ones name a class by their own words ("we
train the deep .. by gradient descent"); texts consist of them. *Neutral* ones take any name of science ("we consider ..
with .."); annotated abstracts consist of those, so that a name's class in an abstract is known to who has read it in a
text, or saw it annotated, and to nobody else. Everyday texts tell as much about everyday names.

In a sentence `(a|b)` is one of several wordings, and `{Method}` a name of that class.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np

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
        "we (train|fit|tune) the (deep|sparse|layered) {Method} by (gradient descent|back propagation) .",
        "our (learner|network) {Method} (converges|trains) after (few|many) (epochs|iterations) .",
        "the (weights|layers) of {Method} are (initialised|regularised) (jointly|greedily) .",
        "(implementing|running) {Method} costs (little memory|linear time) .",
        "unlike (earlier|recurrent) {Method} , the (deep|sparse) {Method} (infers|predicts) (jointly|greedily) .",
    ),
    "Task": (
        "we (address|tackle) the (open|hard) problem of {Task} for (users|machines) .",
        "(solving|automating) {Task} remains (difficult|unsolved) in (practice|general) .",
        "the (goal|challenge) of {Task} is to (decide|detect) what (users|machines) (want|mean) .",
        "systems for {Task} (fail|err) when (inputs|queries) are (long|ambiguous) .",
        "(shared|open) challenges such as {Task} and {Task} remain (difficult|unsolved) .",
    ),
    "Material": (
        "we (collect|annotate) the (public|multilingual) corpus {Material} from (newswire|the web) .",
        "the {Material} (recordings|files) were (labelled|transcribed) by (annotators|volunteers) .",
        "(thousands|hundreds) of (examples|pages) in {Material} were (labelled|cleaned) by hand .",
        "(downloading|sampling) {Material} gives (thousands|hundreds) of (pages|recordings) .",
        "(volunteers|annotators) (collect|cleaned) {Material} and {Material} from (newswire|the web) .",
    ),
    "Metric": (
        "we (report|measure) the (average|relative) {Metric} in (points|percent) .",
        "an (increase|improvement) in {Metric} of (two|five) (points|percent) is (significant|reliable) .",
        "the (highest|lowest) {Metric} (rises|drops) by (two|five) percent .",
        "(computing|averaging) {Metric} over (folds|runs) gives (reliable|significant) (scores|values) .",
        "both the (average|highest) {Metric} and the {Metric} (rises|drops) by (two|five) points .",
    ),
    "OtherScientificTerm": (
        "(assuming|imposing) a (smooth|convex) {OtherScientificTerm} (bounds|relaxes) the (proof|theorem) .",
        "the (latent|local) {OtherScientificTerm} of each (node|vector) is (orthogonal|normalised) .",
        "a (matrix|graph) with {OtherScientificTerm} has (local|latent) (symmetry|structure) .",
        "by (lemma|theorem) one the {OtherScientificTerm} is (convex|smooth) (everywhere|almost surely) .",
        "each (node|vector) has a (latent|convex) {OtherScientificTerm} and a {OtherScientificTerm} .",
    ),
    "Person": (
        "(yesterday|tonight) my (aunt|neighbour) {Person} (laughed|smiled) at the (joke|letter) .",
        "mister {Person} (married|kissed) his (wife|neighbour) in (spring|winter) .",
        "(old|young) {Person} (whispered|shouted) to the (children|crowd) .",
        "doctor {Person} (wrote|read) a (letter|song) about (love|money) .",
        "my (aunt|wife) {Person} and (young|old) {Person} (smiled|laughed) .",
    ),
    "Place": (
        "the (train|road) to {Place} (crosses|leaves) the (river|border) .",
        "in (downtown|northern) {Place} the (streets|houses) are (narrow|crowded) .",
        "the (mayor|people) of {Place} (built|closed) the (bridge|station) .",
        "(flying|moving) to {Place} takes (hours|days) by (road|train) .",
        "the (road|river) from {Place} to {Place} is (narrow|closed) .",
    ),
    "Animal": (
        "a (wild|hungry) {Animal} (barked|growled) in the (forest|barn) .",
        "the (tail|fur) of the {Animal} is (soft|brown) .",
        "(feeding|chasing) the {Animal} (scared|woke) the (sheep|hens) .",
        "the {Animal} (slept|hid) under a (tree|hedge) with its (young|cubs) .",
        "a (hungry|brown) {Animal} (chased|bit) the (wild|soft) {Animal} .",
    ),
    "Dish": (
        "(boil|fry) the {Dish} with (salt|butter) and (onions|garlic) .",
        "a (plate|bowl) of (hot|sweet) {Dish} was (served|eaten) for (dinner|breakfast) .",
        "the {Dish} (tasted|smelled) (sour|sweet) with (pepper|honey) .",
        "(cooking|tasting) {Dish} needs (salt|honey) and an (oven|pan) .",
        "for (dinner|breakfast) we (served|cooked) {Dish} and (sour|hot) {Dish} .",
    ),
    "Vessel": (
        "the (captain|crew) of the {Vessel} (sailed|anchored) in the (harbour|storm) .",
        "the (sails|masts) of the {Vessel} (tore|broke) in the (wind|storm) .",
        "(loading|steering) the {Vessel} needs a (strong|skilled) (crew|captain) .",
        "the (fast|wooden) {Vessel} (sank|drifted) off the (coast|harbour) .",
        "the {Vessel} and the (wooden|fast) {Vessel} (sailed|drifted) off the (coast|island) .",
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


def one(random: np.random.Generator, choices: Sequence[str]) -> str:
    """One of several, each as likely."""
    return choices[random.integers(len(choices))]


def worded(frame: str, random: np.random.Generator) -> list[str]:
    """A sentence with its wording chosen: words, among them `{..}` where names are to stand."""
    return _CHOICE.sub(lambda found: one(random, found[1].split("|")), frame).split()


def telling(
    kind: str, names: Mapping[str, Sequence[tuple[str, ...]]], random: np.random.Generator
) -> list[str]:
    """A sentence that tells the class `kind` of the names in it."""
    words: list[str] = []
    for word in worded(one(random, TELLING[kind]), random):
        words += names[kind][random.integers(len(names[kind]))] if word.startswith("{") else [word]
    return words
