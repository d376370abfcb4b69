"""Tables in text files: every row is read, or named with what is wrong with it."""

import gzip

import pytest

from retort.datasets import archives
from retort.datasets.delimited import Broken, records
from retort.datasets.errors import SchemaError


def table(folder, content, name="table.csv"):
    path = folder / name
    content = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_are_counted_from_the_head_on_and_blank_ones_too(tmp_path, name, end):
    path = table(tmp_path, end.join(["a,b", "1,2", "", " , ", "3,4", ""]), name)
    assert list(records(path, ["a"])) == [(0, {"a": "1", "b": "2"}), (3, {"a": "3", "b": "4"})]


def test_a_row_that_does_not_fit_the_head_comes_with_its_text(tmp_path):
    path = table(tmp_path, 'a;b\n1;2;3\n"4;4";5\n6\n')
    assert list(records(path, ["a", "b"], ";")) == [
        (0, Broken("1;2;3", "the row has 3 cells, the head 2")),
        (1, {"a": "4;4", "b": "5"}),
        (2, Broken("6", "the row has 1 cells, the head 2")),
    ]


@pytest.mark.parametrize("head", ["a,b", '"a","b"', " a , b "])
def test_marks_of_a_spreadsheet_program_are_no_part_of_a_name(tmp_path, head):
    path = table(tmp_path, b"\xef\xbb\xbf" + f"{head}\r\nü,2\r\n".encode())
    assert list(records(path, ["a", "b"])) == [(0, {"a": "ü", "b": "2"})]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no column 'a'"),
        ("b,c\n1,2\n", "has no column 'a'; it has b, c"),
        ("a,b,a\n1,2,3\n", "has 2 columns 'a'"),
        (b"a,b\n1,2\n\xff\xfe,3\n", "line 3 holds the byte 0xff, which is not UTF-8"),
        # Far enough from the line that is decoded together with it.
        (b"a,b\n" + b"1,2\n" * 5_000 + b"M\xfcller,3\n", "line 5002 holds the byte 0xfc"),
        ("a;b\n1;2\n", """write `separator: ";"` under settings"""),
        ("a\tb\n1\t2\n", r"""write `separator: "\\t"` under settings"""),
        # The rows below would be lost in silence: the quote ends within the row after it, or nowhere.
        ('a,b\n"1,2\n"3,4\n', "from line 2 on"),
        ('a,b\n1,2\n3,"4\n5,6\n', "from line 3 on"),
    ],
)
def test_an_unusable_table_is_named(tmp_path, content, said):
    path = table(tmp_path, content)
    with pytest.raises(SchemaError, match=said) as caught:
        list(records(path, ["a"]))
    assert str(path) in str(caught.value)
    assert "Hint:" in str(caught.value)


def test_a_missing_or_damaged_file_is_named(tmp_path):
    with pytest.raises(SchemaError, match="does not exist"):
        list(records(tmp_path / "table.csv", ["a"]))
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 10_000)
    flipped = bytearray(whole)
    flipped[12] ^= 0xFF  # the first byte of the compressed text
    for content in (whole[:-9], bytes(flipped), b"a,b\n1,2\n"):
        path = tmp_path / "table.csv.gz"
        path.write_bytes(content)
        with pytest.raises(SchemaError, match="cannot be read as a table"):
            list(records(path, ["a"]))


def test_a_table_that_unpacks_without_end_is_refused(tmp_path):
    path = table(tmp_path, b"a,b\n" + bytes(archives.LEAST), "table.csv.gz")
    with pytest.raises(SchemaError, match=r"table.csv.gz unpacks to more than 16,777,216 bytes"):
        list(records(path, ["a"]))
