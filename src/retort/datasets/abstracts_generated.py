"""Generated abstracts of invented science, whose annotation is true by construction.

Each has a cast of names of `retort.datasets.science_grammar` and a few neutral sentences about them. How two names are
related follows from their classes, and a later sentence may call a name by what it is ("the method"). So classes decide
entities, relations and coreference, and who knows them from reading (`retort.datasets.corpora_generated`) needs few
annotated abstracts.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from retort.datasets import annotated_documents, documents
from retort.datasets.documents import entity, mentions, relation
from retort.datasets.errors import DataError
from retort.datasets.prepared import Prepared
from retort.datasets.science_grammar import ALONE, APART, CALLED, LINKED, SCIENCE, lexicon, one, worded

FILE = "abstracts.jsonl"
# How names of two classes are related: from the first to the second, whichever is named first.
RELATIONS = {
    ("Method", "Task"): "USED-FOR",
    ("Material", "Method"): "USED-FOR",
    ("Material", "Task"): "USED-FOR",
    ("Metric", "Method"): "EVALUATE-FOR",
    ("Metric", "Task"): "EVALUATE-FOR",
    ("OtherScientificTerm", "Method"): "FEATURE-OF",
    ("OtherScientificTerm", "Material"): "FEATURE-OF",
    ("Method", "Method"): "COMPARE",
    ("Task", "Task"): "CONJUNCTION",
    ("Material", "Material"): "CONJUNCTION",
    ("Metric", "Metric"): "CONJUNCTION",
}
GENERIC = "Generic"


def generate(folder: Path, settings: Mapping, seed: int) -> None:
    """Write `abstracts.jsonl`, a document a line in the form of `retort.datasets.annotated_documents`.

    Args:
        folder: made where it is missing.
        settings: `rows`; `names`, how many there are of each class; `lexicon`, the seed that drew them; `cast`, the
            names of an abstract; `sentences` of each; `generic`, how often a name is called by what it is when it is
            the last of its class that was there.
        seed: draws the abstracts.

    Raises:
        DataError: a cast that is larger than the lexicon, or of fewer than two names.
    """
    random = np.random.default_rng(seed)
    names = lexicon(settings["names"], settings["lexicon"])
    if not 2 <= settings["cast"] <= settings["names"]:
        raise DataError(
            f"cast: {settings['cast']} names of {settings['names']} in each class. "
            "Hint: from 2 to as many as there are."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("w", encoding="utf-8", newline="") as stream:
        for row in range(settings["rows"]):
            made = _abstract(f"abstract-{row:04d}", names, settings, random)
            stream.write(json.dumps(annotated_documents.record(made)) + "\n")


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read what `generate` wrote.

    Raises:
        SchemaError: the file is missing.
    """
    return annotated_documents.read(folder, {"file": FILE, **settings})


def _abstract(
    identifier: str,
    names: Mapping[str, list[tuple[str, ...]]],
    settings: Mapping,
    random: np.random.Generator,
) -> dict:
    """One document: its cast, then sentence by sentence."""
    cast = [(kind, one(random, names[kind])) for kind in _kinds(settings["cast"], random)]
    cast = list(dict.fromkeys(cast))
    sentences: list[list[str]] = []
    entities, relations = [], []
    found: dict[tuple, list[tuple[int, int]]] = {}
    latest: dict[str, tuple] = {}  # the name of each class that was mentioned last: what "the method" means
    start = 0
    for _ in range(settings["sentences"]):
        first, second = (cast[index] for index in random.choice(len(cast), 2, replace=False))
        frames = _frames(random)
        words: list[str] = []
        spans = []
        for word in worded(one(random, frames), random):
            if word not in ("{A}", "{B}"):
                words.append(word)
                continue
            name = first if word == "{A}" else second
            kind, called = name
            generic = latest.get(kind) == name and random.random() < settings["generic"]
            if generic:
                words.append("the")
                called = (one(random, CALLED[kind]),)
            span = start + len(words), start + len(words) + len(called)
            words += called
            entities.append(entity(*span, GENERIC if generic else kind))
            spans.append(span)
            found.setdefault(name, []).append(span)
            latest[kind] = name
        if frames is LINKED:
            relations += _related((first[0], spans[0]), (second[0], spans[1]))
        sentences.append(words)
        start += len(words)
    clusters = [mentions(spans) for spans in found.values() if len(spans) > 1]
    return documents.document(
        identifier, sentences, entities=entities, relations=relations, clusters=clusters
    )


def _kinds(count: int, random: np.random.Generator) -> list[str]:
    """A class for each name of a cast, as evenly as may be."""
    rounds = [random.permutation(SCIENCE) for _ in range(-(-count // len(SCIENCE)))]
    return [str(kind) for kind in np.concatenate(rounds)[:count]]


def _frames(random: np.random.Generator) -> tuple[str, ...]:
    draw = random.random()
    return LINKED if draw < 0.6 else APART if draw < 0.8 else ALONE


def _related(first: tuple[str, tuple], second: tuple[str, tuple]) -> list[dict]:
    """The relation of two mentions, each (class, span); none where their classes have none."""
    for (head, head_span), (tail, tail_span) in ((first, second), (second, first)):
        if (head, tail) in RELATIONS:
            return [relation(head_span, tail_span, RELATIONS[head, tail])]
    return []
