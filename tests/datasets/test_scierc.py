"""SciERC, its tags and its pairs: small files in their formats, and the published counts where those are at hand."""

import copy
import json

import pytest

from retort.datasets import documents, scierc, scierc_pairs, scierc_tags
from retort.datasets.documents import entity, mentions, relation
from retort.datasets.errors import SchemaError

from . import text_files
from .text_files import ONE, PARTS, TWO


def read(folder, **files):
    return scierc.read(text_files.scierc(folder, **files), {"parts": PARTS})


def test_spans_end_before_the_next_word(tmp_path):
    prepared = read(tmp_path)
    assert prepared.rejects.is_empty()
    assert prepared.rows["published_part"].to_list() == ["train", "valid", "test"]
    first = prepared.rows.row(0, named=True)
    assert first["id"] == "X01-0001"
    assert first["entities"][:2] == [entity(0, 2, "Method"), entity(3, 4, "Material")]
    assert first["relations"] == [
        relation((0, 2), (3, 4), "USED-FOR"),
        relation((9, 10), (7, 8), "EVALUATE-FOR"),
    ]
    assert first["clusters"] == [mentions([(0, 2), (7, 8)])]
    assert documents.words(first["sentences"])[9:10] == ["COCO"]


def test_what_stands_twice_is_rejected_the_second_time(tmp_path):
    twice = copy.deepcopy(ONE)
    twice["relations"][0] *= 2
    twice["clusters"][0].append([7, 7])
    prepared = read(tmp_path, train=[twice])
    assert prepared.rejects.rows() == [
        ("train.json", 1, "X01-0001: relation [0, 1, 3, 3, 'USED-FOR']", "it stands twice"),
        ("train.json", 1, "X01-0001: mention [7, 8]", "it stands twice among the clusters"),
    ]
    assert prepared.rows.row(0) == read(tmp_path, train=[ONE]).rows.row(0)


def test_an_unsound_document_is_rejected(tmp_path):
    prepared = read(tmp_path, train=[ONE, TWO | {"doc_key": "bad", "ner": [[[0, 4, "Task"]]]}])
    assert prepared.rejects.select("file", "row", "value").rows() == [
        ("train.json", 2, "bad: entity 'Task' [0, 5]")
    ]


@pytest.mark.parametrize("line", ["{", "7", json.dumps({"doc_key": "a"})])
def test_a_line_that_is_no_document_is_named(tmp_path, line):
    text_files.scierc(tmp_path)
    (tmp_path / "dev.json").write_text(line)
    with pytest.raises(SchemaError, match=r"dev.json: line 1 .*Hint"):
        scierc.read(tmp_path, {"parts": PARTS})


TAGS = """-DOCSTART- NN O O

Sparse NN O I-Method
coding NN O I-Method
labels NN O O
images NN O I-Material
. NN O O

We NN O O
test NN O O
it NN O I-Generic
on NN O O
COCO NN O I-Material
. NN O O
"""
PARSING = "Parsing NN O I-Task\nis NN O O\nhard NN O O\n. NN O O\n"


def read_tags(folder, train=TAGS, test=PARSING):
    text_files.scierc(folder)
    tags = {part: f"ner_{part}.txt" for part in PARTS}
    for part, text in (("train", train), ("valid", PARSING), ("test", test)):
        (folder / tags[part]).write_text(text)
    return scierc_tags.read(folder, {"parts": PARTS, "tags": tags})


def test_tags_are_laid_on_the_documents(tmp_path):
    prepared = read_tags(tmp_path)
    assert prepared.rows["id"].to_list() == ["X01-0001", "X01-0002", "X01-0003"]
    assert prepared.rows["entities"][0].to_list() == [
        entity(0, 2, "Method"),
        entity(3, 4, "Material"),
        entity(7, 8, "Generic"),
        entity(9, 10, "Material"),
    ]
    assert prepared.rows["relations"].list.len().sum() == 0


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("", "ends too soon, expected 'Parsing is hard .' of X01-0003"),
        ("Tagging NN O O\n", "has 'Tagging' in line 1, expected"),
        (PARSING + "\nMore NN O O\n", "line 6 belongs to no document"),
    ],
)
def test_tags_of_other_sentences_are_refused(tmp_path, test, said):
    with pytest.raises(SchemaError, match=said) as caught:
        read_tags(tmp_path, test=test)
    assert "ner_test.txt" in str(caught.value)


PAIR = {
    "text": "[[ Sparse coding ]] labels << images >> .",
    "label": "USED-FOR",
    "metadata": [0, 1, 3, 3],
}
SECOND = {"text": "We test << it >> on [[ COCO ]] .", "label": "EVALUATE-FOR", "metadata": [4, 4, 2, 2]}


def read_pairs(folder, *lines):
    text_files.scierc(folder)
    pairs = {part: f"relcls_{part}.jsonl" for part in PARTS}
    for part, name in pairs.items():
        text_files.write_lines(folder / name, *(lines if part == "train" else ()))
    return scierc_pairs.read(folder, {"parts": PARTS, "pairs": pairs})


def test_pairs_are_relations_of_the_documents(tmp_path):
    prepared = read_pairs(tmp_path, PAIR, SECOND, PAIR)
    assert prepared.rows["relations"][0].to_list() == read(tmp_path).rows["relations"][0].to_list()
    assert prepared.rows["relations"].list.len().to_list() == [2, 0, 0]
    assert prepared.rejects.select("file", "row", "reason").rows() == [
        ("relcls_train.jsonl", 3, "it stands twice")
    ]


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (
            PAIR | {"text": "[[ Dense coding ]] labels << images >> ."},
            "of no sentence of SciERC: 'Dense coding",
        ),
        (PAIR | {"metadata": [0, 1]}, "metadata has 2 numbers"),
        ({"text": "a"}, "is no pair"),
    ],
)
def test_a_pair_of_another_sentence_is_refused(tmp_path, pair, said):
    with pytest.raises(SchemaError, match=said) as caught:
        read_pairs(tmp_path, SECOND, pair)
    assert "line 2" in str(caught.value)


def test_the_published_counts(tmp_path):
    prepared = scierc.read(*text_files.mirrored("scierc", tmp_path))
    # 3,219 training relations as distributed: four stand twice. One mention stands twice in its cluster.
    assert text_files.counts(prepared.rows) == {
        "train": (350, 1861, 45412, 5598, 3215, 720),
        "valid": (50, 275, 6521, 811, 455, 100),
        "test": (100, 551, 13401, 1685, 974, 195),
    }
    assert prepared.rejects["reason"].to_list() == ["it stands twice"] * 4 + [
        "it stands twice among the clusters"
    ]
    types = prepared.rows["entities"].explode().struct.field("type").value_counts().rows()
    assert {kind for kind, _ in types} == {
        "Task",
        "Method",
        "Metric",
        "Material",
        "OtherScientificTerm",
        "Generic",
    }


def test_every_mention_and_every_end_of_a_relation_is_an_entity(tmp_path):
    for row in scierc.read(*text_files.mirrored("scierc", tmp_path)).rows.to_dicts():
        spans = {(one["start"], one["end"]) for one in row["entities"]}
        assert all(set(documents.spans_of(one)) <= spans for one in row["relations"])
        assert all((one["start"], one["end"]) in spans for cluster in row["clusters"] for one in cluster)


def test_the_published_tags(tmp_path):
    prepared = scierc_tags.read(*text_files.mirrored("scierc_tags", tmp_path))
    assert {part: each[3] for part, each in text_files.counts(prepared.rows).items()} == {
        "train": 5572,
        "valid": 808,
        "test": 1683,
    }


def test_the_published_pairs_are_the_published_relations(tmp_path):
    folder, settings = text_files.mirrored("scierc_pairs", tmp_path)
    prepared = scierc_pairs.read(folder, settings)
    assert len(prepared.rejects) == 4

    def relations(rows):
        return [sorted(tuple(one.values()) for one in row) for row in rows["relations"]]

    assert relations(prepared.rows) == relations(scierc.read(folder, {"parts": settings["parts"]}).rows)
