"""Texts to learn from: the four formats, and that no text of SciERC is among them."""

import json
import lzma
import zipfile

import pytest

from retort.datasets import corpora
from retort.datasets.errors import SchemaError

from . import text_files

WIKI = """ \n = First <unk> = \n \n It weighs 0 @.@ 7 – 2 kg , a lobster @-@ red <unk> . \n
 = = Part = = \n \n More text . \n = Second = \n \n Another . \n"""
SENTENCE = "We present a new method (of sparse coding) which labels all of the images that we have."
LONG = " ".join(f"word{number}" for number in range(30))


def corpus(folder, *abstracts):
    with zipfile.ZipFile(folder / "brown.zip", "w") as archive:
        archive.writestr("brown/ca01", "\n\n\tThe/at and\\/or/cc ``/`` jury/nn ''/'' said/vbd ./.\n")
        archive.writestr("brown/README", "not a sample")
    (folder / "wiki.txt").write_text(WIKI, encoding="utf-8")
    papers = [{"title": f"Title {number}"} | abstract for number, abstract in enumerate(abstracts)]
    (folder / "c2020.json.xz").write_bytes(lzma.compress(json.dumps(papers).encode()))
    words = [
        "-LRB-",
        "of",
        "sparse",
        "coding",
        "-RRB-",
        "which",
        "labels",
        "all",
        "of",
        "the",
        "images",
        "that",
        "we",
        "have",
        ".",
    ]
    document = text_files.ONE | {"sentences": [["We", "present", "a", "new", "method"], words]}
    text_files.write_lines(folder / "scierc.json", document)
    return folder, {
        "brown": "brown.zip",
        "wikitext": ["wiki.txt"],
        "proceedings": ["c2020.json.xz"],
        "scierc": ["scierc.json"],
    }


def test_texts_are_words_with_blanks_between(tmp_path):
    prepared = corpora.read(*corpus(tmp_path, {"abstract": LONG + "."}))
    assert prepared.rows.rows() == [
        ("brown-ca01", "general", 'The and\\/or " jury " said .'),
        ("wiki-00", "general", "It weighs 0.7 – 2 kg , a lobster-red . Part More text ."),
        ("wiki-01", "general", "Another ."),
        ("c2020-0000", "science", f"Title 0 . {LONG} ."),
    ]


def test_short_and_repeated_abstracts_and_those_of_scierc_are_rejected(tmp_path):
    other = f"Before it. {LONG}. {SENTENCE}"
    abstracts = [
        {"abstract": LONG},
        {"abstract": ""},
        {"abstract": "Short."},
        {"abstract": LONG.upper()},
        {"abstract": other},
    ]
    abstracts.append({"abstract": f"{LONG} {SENTENCE[:60]} differs from here on"})
    prepared = corpora.read(*corpus(tmp_path, *abstracts))
    assert prepared.rejects.select("row", "reason").rows() == [
        (1, "fewer than 20 words"),
        (2, "the same as c2020-0000"),
        (3, "it shares 12 words in a row with X01-0001 of SciERC"),
    ]
    assert prepared.rows["id"].to_list()[3:] == ["c2020-0000", "c2020-0004"]


@pytest.mark.parametrize("name", ["brown.zip", "wiki.txt", "c2020.json.xz", "scierc.json"])
def test_a_missing_and_a_damaged_file_are_named(tmp_path, name):
    folder, settings = corpus(tmp_path, {"abstract": LONG})
    if name != "wiki.txt":
        (folder / name).write_bytes(b"no")
        with pytest.raises(SchemaError, match=name):
            corpora.read(folder, settings)
    (folder / name).unlink()
    with pytest.raises(SchemaError, match=rf"{name} does not exist"):
        corpora.read(folder, settings)


def test_the_published_texts(tmp_path):
    prepared = corpora.read(*text_files.mirrored("corpora", tmp_path))
    assert prepared.rows.group_by("domain", maintain_order=True).len().rows() == [
        ("general", 622),
        ("science", 14001),
    ]
    reasons = prepared.rejects["reason"].str.slice(0, 9).value_counts(sort=True).rows()
    # Eighteen of the twenty are SciERC's own abstracts; two only share a sentence with one of them.
    assert reasons == [("it shares", 20), ("fewer tha", 12), ("the same ", 2)]
    assert not prepared.rows["text"].str.contains("  |<unk>|@-@").any()
