"""The two packings, and what is wrong with damaged ones."""

import json
import lzma
import random
import zipfile

import pytest

from retort.datasets import archives
from retort.datasets.errors import SchemaError


def test_a_table_keeps_line_breaks_missing_values_and_the_formula_of_sodium_nitride(tmp_path):
    path = tmp_path / "table.csv.xz"
    path.write_bytes(lzma.compress(b'a,b,c\n1,"two\nlines",NaN\n2,,x\n'))
    table = archives.read_table(path, ("c", "b"))
    assert table.rows() == [("NaN", "two\nlines"), ("x", None)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"a,b\n1,2\n", "no complete xz file"),
        (lzma.compress(b"a,b\n" + b"1,2\n" * 99)[:-20], "no complete xz file"),
        (lzma.compress(b""), "no CSV table"),
        (lzma.compress(b"a,b\n1,2,3\n"), "no CSV table"),
        (lzma.compress(b"a,b\n"), "no rows"),
        (lzma.compress(b"a,c\n1,2\n"), "no column 'b'"),
    ],
)
def test_a_damaged_table_is_named(tmp_path, content, said):
    path = tmp_path / "table.csv.xz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SchemaError, match=said) as caught:
        archives.read_table(path, ("a", "b"))
    assert str(path) in str(caught.value)
    assert "Hint:" in str(caught.value)


def pack(path, *texts):
    with zipfile.ZipFile(path, "w") as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number}.json", text)
    return path


def test_labels_may_be_numbers_or_text_and_an_id_in_two_parts_has_two_lines(tmp_path):
    table = {"train": {"a": "0.5", "b": 1}, "val": {"c": -2.5}, "test": {"a": 0.5}}
    labels = archives.read_labels(pack(tmp_path / "labels.json.zip", json.dumps(table)))
    assert labels.rows() == [("a", "train", 0.5), ("b", "train", 1), ("c", "valid", -2.5), ("a", "test", 0.5)]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ((), "holds 0 files"),
        (("{}", "{}"), "holds 2 files"),
        (("{",), "no archive of one JSON file"),
        (("[]",), "has the parts list"),
        (('{"train": {}, "val": {}, "extra": {}}',), "has the parts .*'extra'.*expected"),
        (('{"train": {"a": "x"}, "val": {}, "test": {}}',), "id 'a' of train has 'x'"),
        (('{"train": {"a": null}, "val": {}, "test": {}}',), "id 'a' of train has 'None'"),
        (('{"train": {}, "val": {}, "test": {"a": NaN}}',), "id 'a' of test has 'nan'"),
    ],
)
def test_a_damaged_archive_is_named(tmp_path, texts, said):
    path = pack(tmp_path / "labels.json.zip", *texts)
    with pytest.raises(SchemaError, match=said) as caught:
        archives.read_labels(path)
    assert str(path) in str(caught.value)
    assert "Hint:" in str(caught.value)


def test_a_missing_archive_and_one_that_is_none(tmp_path):
    path = tmp_path / "labels.json.zip"
    with pytest.raises(SchemaError, match="does not exist"):
        archives.read_labels(path)
    path.write_text("{}")
    with pytest.raises(SchemaError, match="no archive of one JSON file"):
        archives.read_labels(path)


def test_what_unpacks_to_far_more_than_it_is_is_refused(tmp_path):
    bomb = b"a,b\n" + bytes(archives.LEAST)
    packed, zipped = tmp_path / "table.csv.xz", tmp_path / "labels.json.zip"
    packed.write_bytes(lzma.compress(bomb, preset=1))
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../labels.json", bomb)
    for path, read in ((packed, lambda path: archives.read_table(path, "a")), (zipped, archives.read_labels)):
        with pytest.raises(SchemaError, match=rf"{path.name} unpacks to more than 16,777,216 bytes, .*Hint"):
            read(path)
    # What is large may unpack to more.
    packed.write_bytes(
        lzma.compress(b"a,b\n" + b"1,2\n" * 1_000) + lzma.compress(random.Random(1).randbytes(400_000))
    )
    assert archives.most(packed) > archives.LEAST
