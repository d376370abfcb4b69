"""Crystals of the Materials Project: awkward rows by hand, and the published counts where the file is at hand."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from retort.configuration.expand import split_families
from retort.datasets import materials_project
from retort.datasets.crystals import SCHEMA
from retort.datasets.download import mirrors_from
from retort.datasets.errors import SchemaError
from retort.datasets.splits import manifest, split

from .crystal_files import MP_COLUMNS, mp_row, rock_salt, write_csv_xz, write_labels

SALT = rock_salt("Na", "Cl", 5.64)
BIG = rock_salt("K", "Br", 6.6) * (2, 2, 3)  # 24 sites
CONFIG = Path(__file__).parents[2] / "workflow" / "config" / "dataset"
FILES = {"structures": ["mp36k.csv.xz"], "jarvis": ["megnet_e_form.json.zip"]}


def folder(path, *rows, train=("mp-1", "mp-2", "mp-24"), val=(), test=()):
    write_csv_xz(path / "mp36k.csv.xz", MP_COLUMNS, rows)
    parts = [dict.fromkeys(ids, "-1.5") for ids in (train, val, test)]
    write_labels(path / "megnet_e_form.json.zip", *parts)
    return path


def test_rows_parts_and_structures(tmp_path):
    read = materials_project.read(
        folder(
            tmp_path,
            mp_row(0, "mp-2", SALT, "-2.0", "5.0"),
            mp_row(1, "mp-1", rock_salt("Li", "F", 4.02), "-3.1", "8.7"),
            mp_row(2, "mp-3", SALT * (2, 1, 1), "-1.9", "0.0"),
            train=["mp-2"],
            val=["mp-1"],
            test=["mp-3", "mp-77"],
        ),
        {},
    )
    rows = read.rows
    assert read.rejects.is_empty()
    properties = {"formation_energy": pl.Float64, "band_gap": pl.Float64, "published_part": pl.String}
    assert dict(rows.schema) == SCHEMA | properties
    assert rows["id"].to_list() == ["mp-2", "mp-1", "mp-3"]
    assert rows["published_part"].to_list() == ["train", "valid", "test"]
    assert rows["formula"].to_list() == ["NaCl", "LiF", "NaCl"]
    assert rows["composition"].to_list() == ["Cl0.5000 Na0.5000", "F0.5000 Li0.5000", "Cl0.5000 Na0.5000"]
    # The table's own labels, not those of the split file.
    assert rows["formation_energy"].to_list() == [-2.0, -3.1, -1.9]
    assert rows["band_gap"].to_list() == [5.0, 8.7, 0.0]
    assert rows["sites"].to_list() == [2, 2, 4]
    assert rows["numbers"].to_list()[:2] == [[11, 17], [3, 9]]
    assert rows["positions"].to_list()[0] == [0, 0, 0, 0.5, 0.5, 0.5]
    lattice = np.array(rows["lattice"].to_list()[0]).reshape(3, 3)
    assert np.linalg.norm(lattice, axis=1) == pytest.approx([5.64 / np.sqrt(2)] * 3, rel=1e-6)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (mp_row(1, "mp-9", SALT), "in no part of the official split"),
        (mp_row(1, "mp-2", SALT), "the id occurred before"),
        (mp_row(1, "", SALT), "no material_id"),
        (mp_row(1, "mp-1", SALT, energy="-13.57"), "formation energy -13.57 eV/atom is impossible"),
        (mp_row(1, "mp-1", SALT, energy="None"), "formation_energy_per_atom is 'None'"),
        (mp_row(1, "mp-1", SALT, gap="nan"), "band_gap is 'nan'"),
        (mp_row(1, "mp-1", SALT, gap="-0.1"), "band gap -0.1 eV is negative"),
        (mp_row(1, "mp-1", ""), "the CIF cannot be read"),
        (mp_row(1, "mp-1", SALT.to(fmt="cif")[:-40]), "the CIF cannot be read"),
    ],
)
def test_bad_rows_are_kept_with_their_reason(tmp_path, row, reason):
    read = materials_project.read(folder(tmp_path, mp_row(0, "mp-2", SALT), row), {})
    assert read.rows["id"].to_list() == ["mp-2"]
    assert read.rejects.select("file", "row", "value").row(0) == ("mp36k.csv.xz", 1, row[1])
    assert reason in read.rejects["reason"][0]


def test_larger_cells_belong_to_another_data_set(tmp_path):
    rows = [
        mp_row(0, "mp-2", SALT),
        mp_row(1, "mp-24", BIG),
        mp_row(2, "mp-25", BIG),
        mp_row(3, "mp-1", SALT.to(fmt="cif")[:-40]),
    ]
    every = materials_project.read(folder(tmp_path, *rows), {})
    small = materials_project.read(tmp_path, {"largest_cell": 20})
    assert every.rows["id"].to_list() == ["mp-2", "mp-24"]
    assert every.rejects["value"].to_list() == ["mp-25", "mp-1"]
    assert small.rows["id"].to_list() == ["mp-2"]
    assert small.rejects["value"].to_list() == ["mp-1"]  # who knows how large it is
    assert materials_project.read(tmp_path, {"largest_cell": 24}).rows.equals(every.rows)


@pytest.mark.parametrize("largest", [0, "20", 2.5, True])
def test_an_impossible_cell_size_is_refused(tmp_path, largest):
    with pytest.raises(SchemaError, match="largest_cell"):
        materials_project.read(folder(tmp_path, mp_row(0, "mp-2", SALT)), {"largest_cell": largest})


def test_an_id_in_two_parts_is_refused(tmp_path):
    folder(tmp_path, mp_row(0, "mp-2", SALT), train=["mp-2"], test=["mp-2"])
    with pytest.raises(SchemaError, match="'mp-2' lies in several parts"):
        materials_project.read(tmp_path, {})


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The mirror's files in one folder, as the download rule would leave them."""
    for mirror in mirrors_from(os.environ):
        paths = [mirror / "materials" / place / name for place, names in FILES.items() for name in names]
        if all(path.is_file() for path in paths):
            raw = tmp_path_factory.mktemp("mp")
            for path in paths:
                (raw / path.name).symlink_to(path)
            return materials_project.read(raw, {})
    pytest.skip("no folder of RETORT_MIRRORS holds materials/structures/mp36k.csv.xz")


def test_the_published_counts(published):
    rows = published.rows
    parts = dict(rows["published_part"].value_counts().iter_rows())
    assert parts == {"train": 31_619, "valid": 2_615, "test": 2_238}
    reasons = published.rejects["reason"].str.contains("official split")
    assert (len(published.rejects), reasons.sum()) == (265, 261)
    impossible = published.rejects.filter(~reasons)["value"].sort().to_list()
    assert impossible == ["mp-690564", "mp-693892", "mp-775201", "mp-778012"]
    assert (rows["sites"].median(), rows["sites"].max()) == (20, 200)
    assert rows["formation_energy"].min() == pytest.approx(-4.5224, abs=1e-4)
    assert rows["numbers"].list.len().equals(rows["sites"].cast(pl.UInt32).alias("numbers"))
    assert rows["composition"].n_unique() == 29_751
    small = rows.filter(pl.col("sites") <= 20)["published_part"].value_counts()
    assert dict(small.iter_rows()) == {"train": 16_833, "valid": 1_384, "test": 1_189}


def test_the_splits_of_the_yaml(published):
    splits = split_families(yaml.safe_load((CONFIG / "mp.yaml").read_text())["splits"])
    report = manifest(published.rows, split(published.rows, splits["formation"], seed=0), splits["formation"])
    assert report["leakage"] == 0
    assert report["rows"] == {"train": 31_619, "valid": 2_615, "test": 2_238}
