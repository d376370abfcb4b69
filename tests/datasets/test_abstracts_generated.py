"""Generated abstracts and texts: their annotation is what the grammar says, and who reads texts learns the classes."""

import itertools
import re
from collections import Counter, defaultdict

import numpy as np
import polars as pl
import pytest

from retort.datasets import abstracts_generated, corpora_generated, science_grammar
from retort.datasets.abstracts_generated import GENERIC, RELATIONS
from retort.datasets.documents import spans_of, words
from retort.datasets.errors import DataError
from retort.datasets.science_grammar import (
    ALONE,
    APART,
    CALLED,
    EVERYDAY,
    LINKED,
    SCIENCE,
    TELLING,
    lexicon,
)

SETTINGS = {"rows": 60, "names": 12, "lexicon": 3, "cast": 6, "sentences": 7, "generic": 0.4}
TEXTS = {"rows": 100, "neutral": 0.2, "generic": 0.2, "sentences": 6, "names": 12, "lexicon": 3}


@pytest.fixture(scope="module")
def abstracts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("abstracts")
    abstracts_generated.generate(folder, SETTINGS, seed=1)
    return abstracts_generated.read(folder, {})


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    corpora_generated.generate(folder, TEXTS, seed=1)
    return corpora_generated.read(folder, {})


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """More texts, for counting."""
    folder = tmp_path_factory.mktemp("many")
    corpora_generated.generate(folder, TEXTS | {"rows": 500}, seed=1)
    return corpora_generated.read(folder, {}).rows


def is_neutral(text):
    """Whether a text has no word that neutral sentences lack and others have."""
    own = {word for frame in (*LINKED, *APART, *ALONE) for word in re.split(r"[ |()]+", frame)}
    own |= {"the"} | {word for each in CALLED.values() for word in each}
    cues = {word for frames in TELLING.values() for frame in frames for word in re.split(r"[ |()]+", frame)}
    return not set(text.split()) & (cues - own)


def class_of(names):
    """The class of each name, by its words."""
    return {name: kind for kind, each in names.items() for name in each}


def test_names_are_of_one_class_and_share_no_word():
    names = lexicon(12, 3)
    assert set(names) == {*SCIENCE, *EVERYDAY}
    every = [word for each in names.values() for name in each for word in name]
    assert len(every) == len(set(every))
    assert {len(name) for each in names.values() for name in each} == {1, 2}
    assert names != lexicon(12, 4)
    said = {
        word for frames in TELLING.values() for frame in frames for word in frame.replace("|", " ").split()
    }
    assert not said & set(every)


def test_every_class_is_told_by_words_of_its_own():
    said = {
        kind: {word.strip("()") for frame in frames for word in frame.replace("|", " ").split()}
        for kind, frames in TELLING.items()
    }
    for kind, own in said.items():
        others = set().union(*(each for other, each in said.items() if other != kind))
        assert len(own - others) >= 10, kind


def test_all_abstracts_are_sound_and_the_same_for_a_seed(abstracts, tmp_path):
    assert abstracts.rejects.is_empty()
    assert len(abstracts.rows) == SETTINGS["rows"]
    abstracts_generated.generate(tmp_path, SETTINGS, seed=1)
    assert abstracts_generated.read(tmp_path, {}).rows.equals(abstracts.rows)
    abstracts_generated.generate(tmp_path, SETTINGS, seed=2)
    assert not abstracts_generated.read(tmp_path, {}).rows.equals(abstracts.rows)


def test_entities_are_the_names_and_what_they_are_called(abstracts):
    kinds = class_of(lexicon(12, 3))
    generic = {called: kind for kind, each in CALLED.items() for called in each}
    seen = Counter()
    for row in abstracts.rows.to_dicts():
        text = words(row["sentences"])
        inside = set()
        for one in row["entities"]:
            surface = tuple(text[one["start"] : one["end"]])
            inside.update(surface)
            if one["type"] == GENERIC:
                assert surface[0] in generic
            else:
                assert kinds[surface] == one["type"]
            seen[one["type"]] += 1
        # No name is left without its annotation.
        assert not {word for name in kinds for word in name} & (set(text) - inside)
    assert set(seen) == {*SCIENCE, GENERIC}
    assert max(seen[kind] for kind in SCIENCE) < 1.5 * min(seen[kind] for kind in SCIENCE)


def test_relations_follow_from_the_classes(abstracts):
    kinds = class_of(lexicon(12, 3)) | {(called,): kind for kind, each in CALLED.items() for called in each}
    found = Counter()
    for row in abstracts.rows.to_dicts():
        text = words(row["sentences"])
        for one in row["relations"]:
            head, tail = (kinds[tuple(text[start:end])] for start, end in spans_of(one))
            assert RELATIONS[head, tail] == one["type"]
            found[one["type"]] += 1
    assert set(found) == set(RELATIONS.values())


def test_a_cluster_is_one_name_and_a_generic_mention_is_the_latest_of_its_class(abstracts):
    kinds = class_of(lexicon(12, 3))
    generic = {called: kind for kind, each in CALLED.items() for called in each}
    pronouns = 0
    for row in abstracts.rows.to_dicts():
        text = words(row["sentences"])
        name_at = {}
        for cluster in row["clusters"]:
            assert len(cluster) > 1
            surfaces = [tuple(text[one["start"] : one["end"]]) for one in cluster]
            names = {surface for surface in surfaces if surface in kinds}
            assert len(names) == 1
            assert surfaces[0] in kinds  # a name comes first
            name_at |= {one["start"]: next(iter(names)) for one in cluster}
        latest = {}
        for one in row["entities"]:
            surface = tuple(text[one["start"] : one["end"]])
            if one["type"] == GENERIC:
                pronouns += 1
                assert latest[generic[surface[0]]] == name_at[one["start"]]
                assert text[one["start"] - 1] == "the"
            else:
                latest[one["type"]] = surface
    assert pronouns > 50


def test_neutral_sentences_tell_no_class(abstracts):
    """What stands before and behind a name depends on its class by no more than chance."""
    kinds = class_of(lexicon(12, 3))
    beside = defaultdict(Counter)
    for row in abstracts.rows.to_dicts():
        text = words(row["sentences"])
        for one in row["entities"]:
            if one["type"] != GENERIC and text[one["start"] - 1] not in {w for name in kinds for w in name}:
                beside[text[one["start"] - 1]][one["type"]] += 1
    for word, counted in beside.items():
        total = sum(counted.values())
        if total >= 100:
            assert max(counted.values()) / total < 0.35, (word, counted)


def test_texts_have_both_domains_and_a_text_that_tells_is_of_one_class(texts):
    assert texts.rejects.is_empty()
    assert texts.rows["domain"].value_counts().sort("domain").rows() == [("general", 100), ("science", 100)]
    kinds = {word: kind for name, kind in class_of(lexicon(12, 3)).items() for word in name}
    neutral = Counter()
    for row in texts.rows.to_dicts():
        told = {kinds[word] for word in row["text"].split() if word in kinds}
        if is_neutral(row["text"]):
            neutral[row["domain"]] += 1
            assert told <= set(SCIENCE)
            assert len(told) > 1
        else:
            assert len(told) == 1
            assert told <= set(SCIENCE if row["domain"] == "science" else EVERYDAY)
    assert all(10 <= neutral[domain] <= 30 for domain in ("general", "science"))
    # What the grammar promises: equally many names, words and sentences in both.
    sizes = texts.rows.group_by("domain").agg(n=pl.col("text").str.split(" ").list.len().sum())
    low, high = sorted(sizes["n"])
    assert high < 1.15 * low


def test_both_domains_have_all_words_of_the_abstracts(many, abstracts):
    """Pieces that are never read all become alike while others are learned."""
    needed = {word for row in abstracts.rows["sentences"] for word in words(row)}
    for domain in ("general", "science"):
        assert needed <= set(" ".join(many.filter(domain=domain)["text"]).split()), domain


def test_company_tells_the_classes_of_the_abstracts_names(texts):
    """Names whose texts share words are of one class: counted, not learned, so that it is true whoever learns it."""
    kinds = {word: kind for name, kind in class_of(lexicon(12, 3)).items() for word in name}
    company = defaultdict(Counter)
    for row in texts.rows.filter(domain="science").to_dicts():
        if is_neutral(row["text"]):
            continue
        for before, word, behind in zip(*(row["text"].split()[start:] for start in range(3)), strict=False):
            if word in kinds:
                company[word].update(one for one in (before, behind) if one not in kinds)
    profile = defaultdict(Counter)
    for word, counted in company.items():
        profile[kinds[word]].update(counted)

    def likeness(word, kind):
        rest = profile[kind] - company[word] if kinds[word] == kind else profile[kind]
        total = sum(rest.values())
        return sum(n * rest[one] / total for one, n in company[word].items() if one not in {",", ".", "and"})

    right = [
        max(SCIENCE, key=lambda kind, word=word: likeness(word, kind)) == kinds[word] for word in company
    ]
    assert len(right) > 60
    assert sum(right) / len(right) > 0.8


def test_no_everyday_text_tells_of_a_name_of_science(many):
    """What stands before it there depends on its class by no more than chance, in scientific texts wholly so."""
    kinds = {word: kind for name, kind in class_of(lexicon(12, 3)).items() for word in name}
    highest = {}
    for domain in ("general", "science"):
        beside = defaultdict(Counter)
        for text in many.filter(domain=domain)["text"]:
            for before, word in itertools.pairwise(text.split()):
                if kinds.get(word) in SCIENCE and before not in kinds:
                    beside[before][kinds[word]] += 1
        shares = [
            max(counted.values()) / counted.total() for counted in beside.values() if counted.total() >= 60
        ]
        assert len(shares) >= 3
        highest[domain] = max(shares)
    assert highest["general"] < 0.4
    assert highest["science"] == 1


@pytest.mark.parametrize("cast", [1, 13])
def test_an_impossible_cast_is_refused(tmp_path, cast):
    with pytest.raises(DataError, match="cast"):
        abstracts_generated.generate(tmp_path, SETTINGS | {"cast": cast}, seed=0)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_text_is_rejected(tmp_path):
    corpora_generated.generate(tmp_path, TEXTS | {"rows": 2}, seed=0)
    with (tmp_path / corpora_generated.FILE).open("a") as stream:
        stream.write("x,fiction,once\ny,science, \nz,science\n")
    prepared = corpora_generated.read(tmp_path, {})
    assert prepared.rejects["row"].to_list() == [4, 5, 6]
    assert "general or science" in prepared.rejects["reason"][0]


def test_wordings_of_a_frame_are_equally_likely():
    random = np.random.default_rng(0)
    drawn = Counter(science_grammar.worded("(a|b c) {X} d", random)[0] for _ in range(400))
    assert set(drawn) == {"a", "b"}
    assert all(150 < n < 250 for n in drawn.values())
    assert science_grammar.worded("{X} d", random) == ["{X}", "d"]
