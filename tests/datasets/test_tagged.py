"""Sentences in columns, and the two sets that come as such: Matscholar, SOFC-Exp."""

import io
import lzma
import tarfile

import pytest

from retort.datasets import matscholar, sofc, tagged
from retort.datasets.documents import entity
from retort.datasets.errors import SchemaError

from . import text_files


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-A I-A O B-A", [(0, 2, "A"), (3, 4, "A")]),
        ("B-A B-A I-A", [(0, 1, "A"), (1, 3, "A")]),
        ("I-A I-A B-A I-A", [(0, 2, "A"), (2, 4, "A")]),  # the first of the two schemes
        ("I-A I-B O I-B", [(0, 1, "A"), (1, 2, "B"), (3, 4, "B")]),
        ("O O", []),
    ],
)
def test_entities_of_both_schemes(tags, spans):
    assert tagged.entities(tags.split()) == [entity(*span) for span in spans]
    assert tagged.entities(tags.split(), 7) == [entity(a + 7, b + 7, kind) for a, b, kind in spans]


def test_sentences_end_at_blank_lines(tmp_path):
    (tmp_path / "a.txt").write_text("-DOCSTART- NN O O\n\na\tO\nb\tB-X\n\n\nc O", encoding="utf-8")
    assert list(tagged.sentences(tmp_path / "a.txt")) == [(3, ["a", "b"], ["O", "B-X"]), (7, ["c"], ["O"])]


def test_a_missing_tag_is_none_and_a_missing_word_is_passed_over(tmp_path):
    (tmp_path / "a.txt").write_text("C \n O\nd B-X\n", encoding="utf-8")
    assert list(tagged.sentences(tmp_path / "a.txt")) == [(1, ["C", "d"], ["O", "B-X"])]


@pytest.mark.parametrize("line", ["word", "word X", "word BX"])
def test_a_line_without_a_tag_is_named(tmp_path, line):
    (tmp_path / "a.txt").write_text(f"a O\n{line}\n")
    with pytest.raises(SchemaError, match=rf"a.txt: line 2 is '{line}'"):
        list(tagged.sentences(tmp_path / "a.txt"))


def test_every_sentence_of_matscholar_is_a_document(tmp_path):
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.txt").write_text("hydrogen B-CMT\nin O\nZr B-MAT\n\n\nthe O\n")
    rows = matscholar.read(
        tmp_path, {"parts": {"train": "train.txt", "valid": "dev.txt", "test": "test.txt"}}
    ).rows
    assert rows["id"].to_list()[:3] == ["train-0000", "train-0001", "valid-0000"]
    assert rows["entities"][0].to_list() == [entity(0, 1, "CMT"), entity(2, 3, "MAT")]


def test_the_published_sentences_of_matscholar(tmp_path):
    prepared = matscholar.read(*text_files.mirrored("matscholar", tmp_path))
    assert prepared.rejects.is_empty()
    assert text_files.counts(prepared.rows) == {
        "train": (4402, 4402, 110538, 20386, 0, 0),
        "valid": (511, 511, 12745, 2342, 0, 0),
        "test": (546, 546, 13993, 2502, 0, 0),
    }
    assert set(prepared.rows["entities"].explode().drop_nulls().struct.field("type")) == {
        "MAT",
        "SPL",
        "DSC",
        "PRO",
        "APL",
        "SMT",
        "CMT",
    }


TEXT = "A title. We use LaMnO3 as cathode. It works."
HEAD = "Document title\tname\tset\n"
PAPERS = HEAD + '"Long\ntitle"\tP1\ttrain\nB\tP2\tdev\nC\tP3\ttest\n'


def archive(folder, papers=PAPERS, without=""):
    """An archive of the corpus with the same paper three times, of whose second sentence words are tagged."""
    words = [(1, 0, 2, "O"), (2, 3, 6, "B-EXPERIMENT"), (3, 7, 13, "B-MATERIAL"), (4, 14, 16, "O")]
    words += [(5, 17, 24, "B-DEVICE"), (6, 24, 25, "O")]
    files = {"SOFC-Exp-Metadata.csv": papers}
    for name in ("P1", "P2", "P3"):
        files[f"texts/{name}.txt"] = TEXT
        files[f"annotations/sentences/{name}.csv"] = "1\t0\t0\t8\n2\t0\t9\t34\n3\t0\t35\t44\n"
        files[f"annotations/entity_types_and_slots/{name}.csv"] = "".join(
            f"2\t{number}\t{start}\t{end}\t{tag}\tO\n" for number, start, end, tag in words
        )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in files.items():
            if name != without:
                member = tarfile.TarInfo(f"sofc-exp-corpus/{name}")
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
    (folder / "a.tar.xz").write_bytes(lzma.compress(packed.getvalue()))
    return folder


def test_only_annotated_sentences_of_a_paper_are_read(tmp_path):
    rows = sofc.read(archive(tmp_path), {"archive": "a.tar.xz"}).rows
    assert rows.select("id", "published_part").rows() == [("P1", "train"), ("P2", "valid"), ("P3", "test")]
    assert rows["sentences"][0].to_list() == [["We", "use", "LaMnO3", "as", "cathode", "."]]
    assert rows["entities"][0].to_list() == [
        entity(1, 2, "EXPERIMENT"),
        entity(2, 3, "MATERIAL"),
        entity(4, 5, "DEVICE"),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"without": "texts/P2.txt"}, "holds no texts/P2.txt"),
        ({"papers": PAPERS.replace("dev", "exam")}, "'P2' is of the set 'exam'"),
        ({"papers": PAPERS.replace("set", "part")}, "no column 'set'"),
    ],
)
def test_an_incomplete_archive_is_refused(tmp_path, options, said):
    with pytest.raises(SchemaError, match=said):
        sofc.read(archive(tmp_path, **options), {"archive": "a.tar.xz"})
    (tmp_path / "a.tar.xz").write_bytes(b"no archive")
    with pytest.raises(SchemaError, match="is damaged"):
        sofc.read(tmp_path, {"archive": "a.tar.xz"})


def test_the_published_papers_of_sofc(tmp_path):
    prepared = sofc.read(*text_files.mirrored("sofc", tmp_path))
    assert prepared.rejects.is_empty()
    assert text_files.counts(prepared.rows) == {
        "train": (26, 568, 22167, 2962, 0, 0),
        "valid": (8, 135, 5338, 650, 0, 0),
        "test": (11, 173, 7489, 978, 0, 0),
    }
