"""Molecules for pre-training: the three formats, what is left out and why."""

import gzip
import io
import tarfile

import pytest

from retort.datasets import archives, molecule_corpus
from retort.datasets.errors import SchemaError


def archive(path, **files):
    with tarfile.open(path, "w:gz") as stream:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            stream.addfile(member, io.BytesIO(text.encode()))


def write(folder, kind, lines):
    if kind == "tar":
        archive(folder / "corpus", zinc="\n".join(lines) + "\n")
    elif kind == "csv":
        (folder / "corpus").write_text("\n".join(["smiles", *lines]) + "\n")
    else:
        named = [f"m{i}\t{line}" for i, line in enumerate(lines)]
        text = "\n".join("\t".join(named[i : i + 2]) for i in range(0, len(named), 2)) + "\n"
        (folder / "corpus").write_bytes(gzip.compress(text.encode()))


@pytest.mark.parametrize("kind", ["tar", "csv", "pairs"])
def test_each_structure_once_and_none_that_judges(tmp_path, kind):
    (tmp_path / "judges.csv").write_text("name,mol\nx,C[C@H](N)C(=O)O\nbad,C1CC\nempty,\nbroken,C,C\n")
    lines = ["CCO", "OCC", "C1CC", "CC(N)C(=O)O.Cl", "F/C=C/F", "F/C=C\\F", "CC(=O)[O-].[Na+]", "CCN"]
    write(tmp_path, kind, lines)
    settings = {"file": "corpus", "format": kind, "without": [{"file": "judges.csv", "smiles": "mol"}]}
    prepared = molecule_corpus.read(tmp_path, settings)
    assert prepared.rows.columns == ["id", "row", "smiles", "standard", "key"]
    assert prepared.rows.rows() == [
        ("000000", 0, "CCO", "CCO", "CCO"),
        ("000004", 4, "F/C=C/F", "F/C=C/F", "FC=CF"),
        ("000006", 6, "CC(=O)[O-].[Na+]", "CC(=O)O", "CC(=O)O"),
        ("000007", 7, "CCN", "CCN", "CCN"),
    ]
    rejects = {row: (value, reason) for _, row, value, reason in prepared.rejects.iter_rows()}
    assert sorted(rejects) == [1, 2, 3, 5]
    assert rejects[1] == ("OCC", "a structure that came before")
    assert "C1CC' is no molecule" in rejects[2][1]
    assert rejects[3][1] == "a structure of judges.csv, which judges what is learned here"
    assert rejects[5] == ("F/C=C\\F", "a structure that came before"), "the other side of the double bond"


def test_a_structure_that_is_held_is_named_by_the_first_table_that_holds_it(tmp_path):
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("smiles\nCCO\n")
    write(tmp_path, "csv", ["CCO", "C"])
    without = [{"file": name, "smiles": "smiles"} for name in ("one.csv", "two.csv")]
    prepared = molecule_corpus.read(tmp_path, {"file": "corpus", "format": "csv", "without": without})
    assert "one.csv" in prepared.rejects["reason"][0]


def test_what_breaks_in_a_table_is_rejected_with_its_row(tmp_path):
    (tmp_path / "corpus").write_text('name,smiles\na,C\n\nb,CC,more\nc,\nd,"CCC"\n')
    prepared = molecule_corpus.read(tmp_path, {"file": "corpus", "format": "csv"})
    assert prepared.rows.select("row", "smiles").rows() == [(0, "C"), (4, "CCC")]
    assert prepared.rejects.select("row", "value").rows() == [(2, "b,CC,more"), (3, "")]
    assert "3 cells" in prepared.rejects["reason"][0]
    assert "no atom" in prepared.rejects["reason"][1]


def test_pairs_give_each_id_once_without_what_follows_the_structure(tmp_path):
    text = "a\tC |extension|\tb\tCC\r\nb\tCC\tc\tCCC\n\nd\tCCCC\te\n"
    (tmp_path / "corpus").write_bytes(gzip.compress(text.encode()))
    prepared = molecule_corpus.read(tmp_path, {"file": "corpus", "format": "pairs"})
    assert prepared.rows["smiles"].to_list() == ["C", "CC", "CCC", "CCCC"]
    assert prepared.rejects.select("row", "value").rows() == [(4, "")], "e has no structure"


@pytest.mark.parametrize("kind", ["tar", "pairs"])
def test_a_damaged_file_is_named(tmp_path, kind):
    write(tmp_path, kind, ["C" * (1 + i % 90) for i in range(5000)])
    whole = (tmp_path / "corpus").read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for content in (whole[: len(whole) // 2], bytes(flipped), b"no archive at all"):
        (tmp_path / "corpus").write_bytes(content)
        with pytest.raises(SchemaError, match=f"corpus cannot be read as {kind}") as caught:
            molecule_corpus.read(tmp_path, {"file": "corpus", "format": kind})
        assert "Hint:" in str(caught.value)


@pytest.mark.parametrize("kind", ["tar", "pairs"])
def test_a_file_that_unpacks_without_end_is_refused(tmp_path, kind):
    write(tmp_path, kind, ["C" * archives.LEAST])
    with pytest.raises(SchemaError, match="corpus unpacks to more than"):
        molecule_corpus.read(tmp_path, {"file": "corpus", "format": kind})


def test_an_archive_holds_one_list(tmp_path):
    archive(tmp_path / "corpus", one="C\n", two="CC\n")
    with pytest.raises(SchemaError, match="it holds 2 files, expected one"):
        molecule_corpus.read(tmp_path, {"file": "corpus", "format": "tar"})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"format": "sdf"}, "corpus format 'sdf', expected one of tar, pairs, csv"),
        ({"file": "absent"}, "absent does not exist"),
        ({"without": [{"file": "absent.csv", "smiles": "smiles"}]}, "absent.csv does not exist"),
        ({"without": [{"file": "corpus", "smiles": "mol"}]}, "no column 'mol'"),
    ],
)
def test_impossible_settings_are_refused(tmp_path, settings, said):
    write(tmp_path, "csv", ["C"])
    with pytest.raises(SchemaError, match=said):
        molecule_corpus.read(tmp_path, {"file": "corpus", "format": "csv"} | settings)


def test_workers_change_nothing(monkeypatch):
    monkeypatch.setattr(molecule_corpus, "CHUNK", 5)
    strings = [f"{'C' * (i + 1)}N" for i in range(18)] + ["C1CC"]
    forms = molecule_corpus.standardise(strings, workers=2)
    assert forms == molecule_corpus.standardise(strings, workers=1)
    assert forms[3] == ("CCCCN", "CCCCN")
    assert isinstance(forms[-1], str)
