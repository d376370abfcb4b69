"""Compositions of JARVIS: awkward rows by hand, and the published counts where the files are at hand."""

import os

import polars as pl
import pytest

from retort.datasets import jarvis
from retort.datasets.crystals import SCHEMA
from retort.datasets.download import mirrors_from
from retort.datasets.errors import SchemaError

from .crystal_files import write_csv_xz, write_labels

COLUMNS = ["jid", "split", "target", "target_key_used", "formula", "n_atoms"]
GOOD = ["JVASP-1", "train", "-2.5", "formation_energy_peratom", "SrTiO3", "5"]
NITRIDE = ["JVASP-9", "test", "-0.5", "formation_energy_peratom", "Ba14Na14LiN6", "35"]
FILES = ["oxide_all.csv.xz", "nitride_all.csv.xz", *jarvis.FILES.values()]


def folder(path, *oxides, nitrides=(NITRIDE,)):
    write_csv_xz(path / "oxide_all.csv.xz", COLUMNS, oxides)
    write_csv_xz(path / "nitride_all.csv.xz", COLUMNS, nitrides)
    train = {"JVASP-1": -2.5, "JVASP-2": -1.0, "JVASP-5": -1.0}
    test = {"JVASP-9": -0.5, "JVASP-5": -1.0}
    write_labels(path / jarvis.FILES["formation_energy"], train | {"JVASP-3": -1.0}, {"JVASP-4": 0.0}, test)
    gaps = [dict.fromkeys(part, 1.5) for part in (train, {"JVASP-4": 0.0}, test)]
    write_labels(path / jarvis.FILES["band_gap"], *gaps)
    return path


def test_rows_join_the_labels_by_id(tmp_path):
    read = jarvis.read(folder(tmp_path, GOOD, ["JVASP-4", "val", "0.0", "x", "NaNO3", "10"]), {})
    rows = read.rows
    assert read.rejects.is_empty()
    properties = {"formation_energy": pl.Float64, "band_gap": pl.Float64, "published_part": pl.String}
    assert dict(rows.schema) == SCHEMA | properties
    assert rows["id"].to_list() == ["JVASP-1", "JVASP-4", "JVASP-9"]
    assert rows["published_part"].to_list() == ["train", "valid", "test"]
    assert rows["formula"].to_list() == ["SrTiO3", "NaNO3", "Ba14Na14LiN6"]
    assert rows["composition"][0] == "O0.6000 Sr0.2000 Ti0.2000"
    assert rows["sites"].to_list() == [5, 10, 35]
    assert rows["formation_energy"].to_list() == [-2.5, 0.0, -0.5]
    assert rows["band_gap"].to_list() == [1.5] * 3
    assert rows.select("lattice", "numbers", "positions").null_count().row(0) == (3, 3, 3)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (GOOD, "the id occurred before"),
        (["", *GOOD[1:]], "no jid"),
        (["JVASP-2", "train", "-1.0", "x", "SrXx3", "5"], "unknown element 'Xx'"),
        (["JVASP-2", "train", "-1.0", "x", "", "5"], "there is no formula"),
        (["JVASP-2", "train", "na", "x", "SrO", "5"], "target is 'na', expected a number"),
        (["JVASP-2", "train", "-1.0", "x", "SrO", "five"], "n_atoms is 'five', expected a number"),
        (["JVASP-2", "holdout", "-1.0", "x", "SrO", "2"], "split 'holdout' is none of train, val, test"),
        (["JVASP-2", "test", "-1.0", "x", "SrO", "2"], "the list says test, the official split says train"),
        (["JVASP-5", "train", "-1.0", "x", "SrO", "2"], "the official split says test and train"),
        (
            ["JVASP-2", "train", "-1.1", "x", "SrO", "2"],
            "formation energy -1.1 in the list, -1.0 in the split",
        ),
        (["JVASP-3", "train", "-1.0", "x", "SrO", "2"], "no part of the official split of the band gap"),
        (
            ["JVASP-7", "train", "-1.0", "x", "SrO", "2"],
            "no part of the official split of the formation energy",
        ),
    ],
)
def test_bad_rows_are_kept_with_their_reason(tmp_path, row, reason):
    read = jarvis.read(folder(tmp_path, GOOD, row), {})
    assert read.rows["id"].to_list() == ["JVASP-1", "JVASP-9"]
    assert read.rejects.select("file", "row").row(0) == ("oxide_all.csv.xz", 1)
    assert reason in read.rejects["reason"][0]
    assert read.rejects["value"].null_count() == 0


def test_a_list_without_a_column_is_named(tmp_path):
    folder(tmp_path, GOOD)
    write_csv_xz(tmp_path / "oxide_all.csv.xz", COLUMNS[:-1], [GOOD[:-1]])
    with pytest.raises(SchemaError, match=r"oxide_all.csv.xz has no column 'n_atoms'"):
        jarvis.read(tmp_path, {})


def test_the_published_counts(tmp_path):
    for mirror in mirrors_from(os.environ):
        if all((mirror / "materials" / "jarvis" / name).is_file() for name in FILES):
            read = jarvis.read(mirror / "materials" / "jarvis", {})
            break
    else:
        pytest.skip("no folder of RETORT_MIRRORS holds materials/jarvis/oxide_all.csv.xz")
    assert read.rejects.is_empty()
    parts = dict(read.rows["published_part"].value_counts().iter_rows())
    assert parts == {"train": 13_797, "valid": 1_756, "test": 1_726}
    assert read.rows["composition"].n_unique() == 11_098
    assert read.rows["band_gap"].min() == 0
