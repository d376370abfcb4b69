"""GENIA from standoff form to words."""

import json
import lzma

import pytest

from retort.datasets import documents, genia
from retort.datasets.errors import SchemaError

from . import text_files

TEXT = "IL-2-induced genes.\nThe NF-kappa B p. Vac. Binds anti-CD3."


def standoff(identifier, text, *surfaces):
    entities = [
        [f"T{number}", kind, text.index(surface), text.index(surface) + len(surface)]
        for number, (surface, kind) in enumerate(surfaces, 1)
    ]
    return {"doc_id": identifier, "text": text, "entities": entities}


def write(folder, train, test):
    for name, records in (("train", train), ("test", test)):
        with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8") as stream:
            stream.writelines(json.dumps(one) + "\n" for one in records)
    return folder, {"train": "train.jsonl.xz", "test": "test.jsonl.xz"}


def test_words_are_cut_at_entities_and_sentences_are_not(tmp_path):
    one = standoff("1", TEXT, ("IL-2", "protein"), ("p. Vac. Binds", "DNA"), ("CD3", "protein"))
    rows = genia.read(*write(tmp_path, [one | {"doc_id": "0", "text": TEXT + " More."}], [one])).rows
    row = rows.row(1, named=True)
    assert row["sentences"] == [
        ["IL-2", "-induced", "genes", "."],
        ["The", "NF-kappa", "B", "p", ".", "Vac", ".", "Binds", "anti-", "CD3", "."],
    ]
    words = documents.words(row["sentences"])
    assert [(" ".join(words[one["start"] : one["end"]]), one["type"]) for one in row["entities"]] == [
        ("IL-2", "protein"),
        ("p . Vac . Binds", "DNA"),
        ("CD3", "protein"),
    ]


def test_the_last_training_abstracts_choose_and_those_of_the_test_part_are_rejected(tmp_path, monkeypatch):
    monkeypatch.setattr(genia, "VALID", 1)
    train = [standoff(str(number), f"Text {number}.") for number in range(3)]
    prepared = genia.read(*write(tmp_path, train, [standoff("7", "TEXT -- 1")]))
    assert prepared.rows.select("id", "published_part").rows() == [
        ("0", "train"),
        ("2", "valid"),
        ("7", "test"),
    ]
    assert prepared.rejects.rows() == [("train.jsonl.xz", 1, "1", "the test part has the same abstract")]


def test_a_damaged_file_is_named(tmp_path):
    folder, settings = write(tmp_path, [standoff("0", "A.")], [standoff("1", "B.")])
    (folder / "test.jsonl.xz").write_bytes(b"no")
    with pytest.raises(SchemaError, match=r"test.jsonl.xz is damaged"):
        genia.read(folder, settings)
    (folder / "test.jsonl.xz").unlink()
    with pytest.raises(SchemaError, match=r"test.jsonl.xz does not exist"):
        genia.read(folder, settings)


def test_the_published_counts(tmp_path):
    prepared = genia.read(*text_files.mirrored("genia", tmp_path))
    counted = text_files.counts(prepared.rows)
    # 2,000 and 404 abstracts with 51,301 and 8,662 entities, ten of the former being among the latter.
    assert {part: (each[0], each[3]) for part, each in counted.items()} == {
        "train": (1790, 45741),
        "valid": (200, 5317),
        "test": (404, 8662),
    }
    assert len(prepared.rejects) == 10
    # The test part as the task distributes it has 3,856 sentences; ours splits 2 % more.
    assert counted["test"][1] == pytest.approx(3856, rel=0.03)
