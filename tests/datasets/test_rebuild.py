"""Files made again from what upstream has, in upstream's layout."""

import csv
import hashlib
import io
import json
import lzma
import os
import pickle
import tarfile

import numpy as np
import polars as pl
import pytest

from retort.datasets import archives, rebuild
from retort.datasets.download import mirrors_from
from retort.datasets.errors import DataError

from . import yield_files
from .crystal_files import MP_COLUMNS, mp_row, rock_salt

ROWS = [
    mp_row(0, "mp-2", rock_salt("Na", "Cl", 5.64)),
    mp_row(1, "mp-10", rock_salt("Li", "F", 4.02), "-3.1", "8.7"),
    mp_row(2, "mp-3", rock_salt("K", "Br", 6.6)),
]


def table(rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([MP_COLUMNS, *rows])
    return text.getvalue()


def upstream(rows):
    """The files of the repository by path: CIFs, and two tables without headers whose lines end in CR LF."""
    files = {"README.md": "not wanted", "data/atom_init.json": "{}", "data_elasticity/0.cif": "another"}
    files |= {f"data/{row[0]}.cif": row[7] for row in rows}
    files["data/id_prop.csv"] = "".join(",".join([row[0], *row[2:7]]) + "\r\n" for row in rows)
    files["data/material_id_hash.csv"] = "".join(f"{row[0]},{row[1]}\r\n" for row in rows)
    return files


def packed(path, files, mode="w:gz"):
    """An archive as GitHub makes it: one folder named after the commit, entries in alphabetical order."""
    with tarfile.open(path, mode) as archive:
        for name, text in sorted(files.items()):
            content = text.encode()
            member = tarfile.TarInfo(f"MEGNet-4f3c76c/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_the_table_is_made_of_the_files_in_order(tmp_path):
    rows = [
        mp_row(number, f"mp-{1000 - number}", rock_salt("Na", "Cl", 5 + number / 10)) for number in range(12)
    ]
    out = tmp_path / "mp36k.csv.xz"
    rebuild.mp36k(packed(tmp_path / "a.tar.gz", upstream(rows)), out)  # 10.cif comes before 2.cif there
    assert lzma.decompress(out.read_bytes()).decode() == table(rows)
    again = tmp_path / "again.csv.xz"
    rebuild.mp36k(packed(tmp_path / "b.tar", upstream(rows), "w"), again)
    assert again.read_bytes() == out.read_bytes()
    (tmp_path / "plain.csv").write_text(table(rows), newline="")
    rebuild.xz(tmp_path / "plain.csv", again)
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda files: files.pop("data/id_prop.csv"), "holds no data/id_prop.csv"),
        (lambda files: files.pop("data/1.cif"), "numbers 2 CIFs, 3 rows of properties and 3 ids"),
        (lambda files: files.update({"data/7.cif": ""}), "numbers 4 CIFs"),
        (lambda files: files.update({"data/id_prop.csv": "0,1,2\r\n"}), "expected 6 fields"),
        (lambda files: files.update({"data/material_id_hash.csv": "0,mp-1\r\n0,mp-2\r\n"}), "a new index"),
        (lambda files: files.update({"data/material_id_hash.csv": "id,mp-1\r\n"}), "a new index"),
    ],
)
def test_an_archive_of_other_content_is_refused(tmp_path, damage, said):
    files = upstream(ROWS)
    damage(files)
    with pytest.raises(DataError, match=said) as caught:
        rebuild.mp36k(packed(tmp_path / "a.tar.gz", files), tmp_path / "out.csv.xz")
    assert str(tmp_path / "a.tar.gz") in str(caught.value)
    assert "Hint:" in str(caught.value)


@pytest.mark.parametrize("share", [0, 0.5, 0.8])
def test_an_archive_cut_short_is_refused(tmp_path, share):
    path = packed(tmp_path / "a.tar.gz", upstream(ROWS))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(DataError):
        rebuild.mp36k(path, tmp_path / "out.csv.xz")


def mirrored(name):
    for mirror in mirrors_from(os.environ):
        if (mirror / "materials" / name).is_file():
            return mirror / "materials" / name
    pytest.skip(f"no folder of RETORT_MIRRORS holds materials/{name}")


@pytest.mark.parametrize("name", ["oxide_all.csv.xz", "nitride_all.csv.xz"])
def test_the_lists_of_jarvis_compress_to_the_mirrors_bytes(tmp_path, name):
    path = mirrored(f"jarvis/{name}")
    (tmp_path / "plain.csv").write_bytes(lzma.decompress(path.read_bytes()))
    rebuild.xz(tmp_path / "plain.csv", tmp_path / name)
    assert (tmp_path / name).read_bytes() == path.read_bytes()


def test_the_crystals_come_back_from_upstreams_layout(tmp_path):
    """To the byte before compression; then its beginning or, with `RETORT_SLOW=1`, all of it (a minute or more)."""
    path = mirrored("structures/mp36k.csv.xz")
    text = lzma.decompress(path.read_bytes()).decode()
    rows = pl.read_csv(text.encode(), infer_schema=False).rows()
    archive = packed(tmp_path / "a.tar", upstream(rows), "w")
    with (tmp_path / "plain.csv").open("w", newline="") as plain:
        rebuild.write_mp36k(archive, plain)
    assert (
        hashlib.sha256((tmp_path / "plain.csv").read_bytes()).digest()
        == hashlib.sha256(text.encode()).digest()
    )
    if os.environ.get("RETORT_SLOW"):
        rebuild.mp36k(archive, tmp_path / "mp36k.csv.xz")
        assert (tmp_path / "mp36k.csv.xz").read_bytes() == path.read_bytes()
        return
    # The encoder works from front to back in blocks of at most 2 MiB: the same settings, the same beginning.
    (tmp_path / "beginning.csv").write_bytes(text.encode()[: 6 << 20])
    rebuild.xz(tmp_path / "beginning.csv", tmp_path / "beginning.csv.xz")
    made = (tmp_path / "beginning.csv.xz").read_bytes()
    assert len(made) > 500_000
    assert made[: len(made) // 2] == path.read_bytes()[: len(made) // 2]


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path):
    source = packed(tmp_path / "a.tar.gz", upstream(ROWS) | {"data/7.cif": "\0" * archives.LEAST})
    with pytest.raises(DataError, match=r"a.tar.gz unpacks to more than 16,777,216 bytes"):
        rebuild.write_mp36k(source, io.StringIO())


def test_rows_of_splits_come_out_of_a_pickle_that_is_not_carried_out(tmp_path):
    splits = {
        side: {draw: np.arange(start, start + 40) for draw in (1, 2)}
        for side, start in (("train_idx", 0), ("test_idx", 40))
    }
    (tmp_path / "splits.pickle").write_bytes(pickle.dumps(splits, protocol=4))
    rebuild.train_test_rows(tmp_path / "splits.pickle", tmp_path / "splits.json")
    found = json.loads((tmp_path / "splits.json").read_text())
    assert found == {
        side: {str(d): rows.tolist() for d, rows in each.items()} for side, each in splits.items()
    }


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({"train_idx": {}}, protocol=4)])
def test_another_file_holds_no_splits(tmp_path, content):
    (tmp_path / "splits.pickle").write_bytes(content)
    with pytest.raises(DataError, match=r"no pickle of rows|expected train_idx and test_idx"):
        rebuild.train_test_rows(tmp_path / "splits.pickle", tmp_path / "splits.json")


def test_the_published_splits_are_rebuilt(tmp_path):
    source = yield_files.folder("az_eln")
    rebuild.train_test_rows(source / "train_test_idxs.pickle", tmp_path / "splits.json")
    assert (tmp_path / "splits.json").read_bytes() == (source / "train_test_idxs.json").read_bytes()


def standoff(*abstracts):
    files = {"standoff/README": "not wanted", "standoff/devel/9.txt": "Not wanted."}
    for identifier, text, annotation in abstracts:
        files |= {f"standoff/train/{identifier}.txt": text, f"standoff/train/{identifier}.ann": annotation}
    return files


ANNOTATION = "T1\tprotein 4 8\tIL-2\nT2\tDNA 9 14\tgenes\n"


def test_abstracts_are_packed_in_the_order_of_their_names(tmp_path):
    source = packed(tmp_path / "a.tar.gz", standoff(("20", "The IL-2 genes\n", ANNOTATION), ("3", "β.", "")))
    rebuild.genia_train(source, tmp_path / "train.jsonl.xz")
    lines = lzma.decompress((tmp_path / "train.jsonl.xz").read_bytes()).decode().splitlines()
    assert lines == [
        '{"doc_id": "20", "text": "The IL-2 genes\\n", "entities": [["T1", "protein", 4, 8], ["T2", "DNA", 9, 14]]}',
        '{"doc_id": "3", "text": "β.", "entities": []}',
    ]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"standoff/train/3.txt": "A."}, "1 texts and 0 annotations in standoff/train"),
        (standoff(("3", "The genes", ANNOTATION)), r"train/3.ann has 'T1\\tprotein 4 8\\tIL-2'"),
        (standoff(("3", "The genes", "R1\tlink T1 T2\n")), "train/3.ann has 'R1"),
        (standoff(), "0 texts and 0 annotations"),
    ],
)
def test_an_archive_without_sound_annotations_is_refused(tmp_path, files, said):
    with pytest.raises(DataError, match=said):
        rebuild.genia_train(packed(tmp_path / "a.tar.gz", files), tmp_path / "out")
    with pytest.raises(DataError, match="standoff/test"):
        rebuild.genia_test(packed(tmp_path / "a.tar.gz", files), tmp_path / "out")


def test_a_corpus_is_packed_again_without_guidelines_and_dates(tmp_path):
    files = {"code/main.py": "", "sofc-exp-corpus/texts/b.txt": "b", "sofc-exp-corpus/a.csv": "a"}
    files["sofc-exp-corpus/guidelines.pdf"] = "%PDF"
    rebuild.sofc(packed(tmp_path / "a.tar.gz", files), tmp_path / "one.tar.xz")
    rebuild.sofc(packed(tmp_path / "b.tar", files, "w"), tmp_path / "two.tar.xz")
    assert (tmp_path / "one.tar.xz").read_bytes() == (tmp_path / "two.tar.xz").read_bytes()
    with tarfile.open(tmp_path / "one.tar.xz") as archive:
        members = archive.getmembers()
        assert [(one.name, one.mtime, one.mode) for one in members] == [
            ("sofc-exp-corpus/a.csv", 0, 0o644),
            ("sofc-exp-corpus/texts/b.txt", 0, 0o644),
        ]
        assert archive.extractfile(members[1]).read() == b"b"
    with pytest.raises(DataError, match="no folder sofc-exp-corpus"):
        rebuild.sofc(packed(tmp_path / "c.tar", {"README": ""}, "w"), tmp_path / "out")


def text_file(name):
    for mirror in mirrors_from(os.environ):
        if (mirror / "text" / name).is_file():
            return mirror / "text" / name
    pytest.skip(f"no folder of RETORT_MIRRORS holds text/{name}")


def test_the_test_abstracts_of_genia_come_back_to_the_byte(tmp_path):
    path = text_file("genia_jnlpba/test.jsonl.xz")
    files = {}
    for line in lzma.decompress(path.read_bytes()).decode().splitlines():
        raw = json.loads(line)
        annotation = "".join(
            f"{name}\t{kind} {start} {end}\t{raw['text'][start:end]}\n"
            for name, kind, start, end in raw["entities"]
        )
        files |= {
            f"standoff/test/{raw['doc_id']}.{end}": text
            for end, text in (("txt", raw["text"]), ("ann", annotation))
        }
    rebuild.genia_test(packed(tmp_path / "a.tar", files, "w"), tmp_path / "test.jsonl.xz")
    assert (tmp_path / "test.jsonl.xz").read_bytes() == path.read_bytes()


def test_the_papers_of_sofc_come_back_to_the_byte(tmp_path):
    path = text_file("sofc_exp/sofc-exp-corpus.tar.xz")
    with tarfile.open(path) as archive:
        files = {one.name: archive.extractfile(one).read().decode() for one in archive}
    source = packed(tmp_path / "a.tar", files | {"sofc-exp-corpus/guidelines.pdf": ""}, "w")
    rebuild.sofc(source, tmp_path / path.name)
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()
