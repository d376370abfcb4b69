"""A user's own documents: the format, and what is said of a line that is not in it."""

import json

import pytest

from retort.datasets import annotated_documents
from retort.datasets.errors import SchemaError

GOOD = {
    "id": "mine",
    "sentences": [["We", "sinter", "BaTiO3", "."], ["It", "is", "dense", "."]],
    "entities": [[2, 3, "Material"], [4, 5, "Material"]],
    "relations": [[2, 3, 1, 2, "USED-FOR"]],
    "clusters": [[[2, 3], [4, 5]]],
}


def read(folder, *lines, **settings):
    text = "\n".join(
        line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines
    )
    (folder / "mine.jsonl").write_text(text, encoding="utf-8")
    return annotated_documents.read(folder, settings or {"file": "mine.jsonl"})


def test_a_line_comes_through_whole(tmp_path):
    prepared = read(tmp_path, GOOD)
    assert prepared.rejects.is_empty()
    (row,) = prepared.rows.to_dicts()
    assert row["published_part"] is None
    assert row["entities"][1] == {"start": 4, "end": 5, "type": "Material"}
    assert annotated_documents.record(row) == GOOD


def test_only_sentences_are_needed_and_lines_without_an_id_are_called_by_their_place(tmp_path):
    prepared = read(
        tmp_path, "", {"sentences": [["a"]]}, " ", {"sentences": [["b\u2028c".replace("\u2028", "")]]}
    )
    assert prepared.rows["id"].to_list() == ["mine.jsonl:2", "mine.jsonl:4"]
    assert prepared.rows["entities"].to_list() == [[], []]


def test_a_sign_that_separates_lines_elsewhere_does_not_here(tmp_path):
    # Within a string of JSON, U+2028 and U+0085 are as good as others; as words they hold a blank and are refused.
    prepared = read(
        tmp_path, GOOD, {"id": "b\u0085", "sentences": [["a"]]}, {"id": "c", "sentences": [["a\u2028b"]]}
    )
    assert prepared.rows["id"].to_list() == ["mine", "b\u0085"]
    assert prepared.rejects["row"].to_list() == [2]


def test_parts_are_published_where_the_files_say_so(tmp_path):
    for part in ("train", "valid", "test"):
        (tmp_path / f"{part}.jsonl").write_text(json.dumps(GOOD | {"id": part}))
    parts = {part: f"{part}.jsonl" for part in ("train", "valid", "test")}
    assert annotated_documents.read(tmp_path, {"parts": parts}).rows["published_part"].to_list() == list(
        parts
    )


@pytest.mark.parametrize(
    ("line", "value", "reason"),
    [
        ("{", "{", "no JSON"),
        ("[1]", "[1]", "object in braces"),
        (GOOD | {"spans": []}, "key 'spans'", "unknown, expected some of id, sentences"),
        ({"id": "x"}, "sentences null", "expected a list"),
        (GOOD | {"id": 7}, "id 7", "a string that is not empty"),
        (GOOD | {"id": "mine"}, "id 'mine'", "another document has this id"),
        (GOOD | {"id": "b", "sentences": ["We sinter"]}, 'sentence 0 "We sinter"', "expected a list"),
        (GOOD | {"id": "b", "sentences": [["We", 2]]}, "sentence 0: 2", "a word in quotes"),
        (GOOD | {"id": "b", "entities": [[2, "Material"]]}, 'entity 0 [2, "Material"]', "[start, end, type]"),
        (GOOD | {"id": "b", "entities": [[2, 3, ""]]}, 'entity 0 [2, 3, ""]', "[start, end, type]"),
        (GOOD | {"id": "b", "entities": [[True, 3, "M"]]}, 'entity 0 [true, 3, "M"]', "whole numbers"),
        (GOOD | {"id": "b", "entities": [[2, 2, "M"]]}, "b: entity 'M' [2, 2]", "start < end <= 8"),
        (
            GOOD | {"id": "b", "relations": [[2, 3, "R"]]},
            'relation 0 [2, 3, "R"]',
            "[start, end, start, end, type]",
        ),
        (
            GOOD | {"id": "b", "relations": [[2, 3, 4, 5, "R"]]},
            "b: relation 'R' [2, 3] [4, 5]",
            "two sentences",
        ),
        (GOOD | {"id": "b", "clusters": [[[2.0, 3]]]}, "cluster 0, mention [2.0, 3]", "[start, end]"),
        (GOOD | {"id": "b", "clusters": [[[3, 5]]]}, "b: cluster 0, mention [3, 5]", "ends in sentence 1"),
    ],
)
def test_a_bad_line_is_kept_with_its_number_its_span_and_the_reason(tmp_path, line, value, reason):
    prepared = read(tmp_path, "", GOOD, line)
    assert prepared.rows["id"].to_list() == ["mine"]
    (reject,) = prepared.rejects.to_dicts()
    assert (reject["file"], reject["row"], reject["value"]) == ("mine.jsonl", 2, value), "counted from 0"
    assert reason in reject["reason"]


def test_of_documents_of_one_text_the_first_that_is_sound_stays(tmp_path):
    broken = GOOD | {"id": "a", "entities": [[0, 99, "Material"]]}
    prepared = read(tmp_path, broken, GOOD, "", GOOD | {"id": "b", "clusters": []})
    assert prepared.rows["id"].to_list() == ["mine"]
    assert prepared.rejects.rows()[1] == ("mine.jsonl", 3, "b", "its text is that of line 2: left out")


def test_an_unusable_file_is_named(tmp_path):
    with pytest.raises(SchemaError, match=r"mine.jsonl does not exist. Hint"):
        annotated_documents.read(tmp_path, {"file": "mine.jsonl"})
    (tmp_path / "mine.jsonl").write_bytes(b'\n{"sentences": [["\xff"]]}')
    with pytest.raises(SchemaError, match=r"line 2 holds the byte 0xff, which is not UTF-8\. Hint"):
        annotated_documents.read(tmp_path, {"file": "mine.jsonl"})
    with pytest.raises(SchemaError, match="no rows, 1 were rejected"):
        read(tmp_path, "{")
