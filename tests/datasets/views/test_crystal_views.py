"""The views of crystals: in the order of the rows, without those that have no structure."""

import json
import lzma

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from retort.chemistry import robocrystallographer
from retort.chemistry.robocrystallographer import NoDescriberError
from retort.chemistry.structure_features import NAMES
from retort.datasets import stored_descriptions
from retort.datasets.crystals import SCHEMA
from retort.datasets.stored_descriptions import Stored, stored
from retort.datasets.views import (
    auxiliary_labels,
    described,
    descriptions,
    site_fingerprints,
    structure_features,
)
from retort.files import sha256

LATTICE = (5.64 / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])).ravel().tolist()
PLACES = [0.0, 0.0, 0.0, 0.5, 0.5, 0.5]


def row(name, numbers=(11, 17), **more):
    structure = {"lattice": LATTICE, "numbers": list(numbers), "positions": PLACES}
    return {
        "id": name,
        "formula": "NaCl",
        "composition": "Cl0.5000 Na0.5000",
        "sites": 2,
        **structure,
        **more,
    }


def table(*rows):
    return pl.DataFrame(list(rows), schema_overrides=SCHEMA)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the view goes; no mirror is set."""
    monkeypatch.delenv("RETORT_MIRRORS", raising=False)
    return tmp_path / "features" / "data" / "descriptions"


def test_structure_features_of_what_has_a_structure(tmp_path):
    empty = row("c") | dict.fromkeys(("lattice", "numbers", "positions"))
    structure_features.build(table(row("b"), empty, row("a", (3, 9))), tmp_path)
    assert pl.read_parquet(tmp_path / "ids.parquet")["id"].to_list() == ["b", "a"]
    arrays = load_file(tmp_path / "arrays.safetensors")
    assert list(arrays) == ["structure"]
    assert arrays["structure"].shape == (2, len(NAMES))
    assert arrays["structure"][0] == pytest.approx(arrays["structure"][1])


def test_a_crystal_without_neighbours_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"crystal 'flat': .* has no volume"):
        structure_features.build(table(row("flat") | {"lattice": [0.0] * 9}), tmp_path)


def test_auxiliary_labels(tmp_path):
    values = {"energy": [-1.0, -2.0], "gap": [0.0, 3.0]} | dict.fromkeys(
        ("shear", "debye", "expansion"), [None] * 2
    )
    rows = pl.DataFrame({"id": ["NaCl", "MgO"], "formula": ["NaCl", "MgO"], **values, "bulk": [2.0, None]})
    auxiliary_labels.build(
        rows.with_columns(pl.col("shear", "debye", "expansion").cast(pl.Float64)), tmp_path
    )
    arrays = load_file(tmp_path / "arrays.safetensors")
    assert arrays["magpie"].shape == (2, 132)
    assert arrays["labels"].dtype == np.float64
    assert arrays["labels"][0, :3].tolist() == [-1, 0, 2]
    assert np.isnan(arrays["labels"][1, 2:]).all()


def test_generated_crystals_have_the_template(folder):
    descriptions.build(table(row("b", structure_type="rock salt")), folder)
    texts = pl.read_parquet(folder / descriptions.TABLE)
    assert texts.columns == ["id", "text", "masked", "numberless", "masked_numberless", "shuffled"]
    assert texts["text"][0].startswith("NaCl is rock salt structured")
    assert texts["masked"][0].startswith("X is rock salt structured")


def test_which_rows_get_a_description_is_known_without_one(folder):
    rows = table(row("b", structure_type="rock salt"), row("a", structure_type="rock salt", positions=None))
    descriptions.build(rows, folder)
    described.build(rows, folder)
    assert pl.read_parquet(folder / "ids.parquet")["id"].to_list() == ["b"]
    assert pl.read_parquet(folder / descriptions.TABLE)["id"].to_list() == ["b"]


def test_stored_texts_need_no_package(folder, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    line = {"id": "mp-1", "text": "NaCl is  bonded in the (np.int64(0)) direction."}
    (mirror / "texts.jsonl.xz").write_bytes(lzma.compress(json.dumps(line).encode()))
    file = Stored("texts.jsonl.xz", sha256(mirror / "texts.jsonl.xz"), stored_descriptions.FILES[0].read)
    monkeypatch.setattr(stored_descriptions, "FILES", (file,))
    monkeypatch.setenv("RETORT_MIRRORS", str(mirror))
    descriptions.build(table(row("mp-1")), folder)
    assert pl.read_parquet(folder / descriptions.TABLE)["text"].to_list() == [
        "NaCl is bonded in the (0) direction."
    ]
    # A file that is not the declared one is passed over.
    monkeypatch.setattr(stored_descriptions, "FILES", (file._replace(sha256="0" * 64),))
    assert stored([mirror]) == {}


def test_what_is_stored_of_another_formula_is_made(folder, monkeypatch):
    monkeypatch.setattr(
        descriptions, "stored", lambda mirrors: {"mp-1": "KBr is stored.", "mp-2": "NaCl is stored."}
    )
    monkeypatch.setattr(robocrystallographer, "demand", lambda: None)
    monkeypatch.setattr(robocrystallographer, "describe", lambda *structure: "NaCl is made.")
    descriptions.build(table(row("mp-1"), row("mp-2")), folder, workers=1)
    assert pl.read_parquet(folder / descriptions.TABLE)["text"].to_list() == [
        "NaCl is made.",
        "NaCl is stored.",
    ]
    # Kept beside the features of all data sets: another data set needs no second making.
    monkeypatch.setattr(robocrystallographer, "describe", lambda *structure: "NaCl is made again.")
    monkeypatch.setattr(descriptions, "stored", lambda mirrors: {})
    other = folder.parent.parent / "other" / "descriptions"
    descriptions.build(table(row("mp-7")), other, workers=1)
    assert pl.read_parquet(other / descriptions.TABLE)["text"].to_list() == ["NaCl is made."]


def test_without_texts_and_package_the_hint_says_what_helps(folder, monkeypatch):
    monkeypatch.setattr(robocrystallographer, "PACKAGE", "no_such_package")
    with pytest.raises(NoDescriberError, match="set RETORT_MIRRORS"):
        descriptions.build(table(row("mp-1")), folder)


class Counting:
    """In the place of matminer's featurizer: sites and volume."""

    def featurize(self, structure):
        return [len(structure), structure.volume]


def test_site_fingerprints_in_the_order_of_the_rows(folder, monkeypatch):
    monkeypatch.setattr(site_fingerprints, "PACKAGE", "numpy")  # whatever is installed
    monkeypatch.setattr(site_fingerprints, "_featurizer", Counting)
    twice = row("b") | {"lattice": (2 * np.array(LATTICE)).tolist()}
    site_fingerprints.build(table(twice, row("a"), row("c")), folder, workers=1)
    assert pl.read_parquet(folder / "ids.parquet")["id"].to_list() == ["b", "a", "c"]
    volume = 5.64**3 / 4
    expected = [[2, 8 * volume], [2, volume], [2, volume]]
    assert load_file(folder / "arrays.safetensors")["sites"] == pytest.approx(np.array(expected), rel=1e-5)


def test_site_fingerprints_know_an_octahedron(folder):
    cube = {"lattice": np.diag([4.12] * 3).ravel().tolist()}  # of caesium chloride
    site_fingerprints.build(table(row("rock salt"), row("cube", (55, 17)) | cube), folder, workers=1)
    sites = load_file(folder / "arrays.safetensors")["sites"]
    labels = site_fingerprints._featurizer().feature_labels()
    assert sites.shape == (2, len(labels))
    told = [dict(zip(labels, values, strict=True)) for values in sites.tolist()]
    assert told[0]["mean octahedral CN_6"] == pytest.approx(1, abs=1e-3)
    assert told[0]["mean body-centered cubic CN_8"] == 0
    # Both sites are alike.
    deviations = [value for label, value in told[0].items() if label.startswith("std_dev")]
    assert deviations == pytest.approx([0] * 61, abs=1e-3)
    # A part of the six next neighbours of the large ion counts, too.
    assert 0.9 < told[1]["mean body-centered cubic CN_8"] < 1
    assert told[1]["mean octahedral CN_6"] == 0


def test_site_fingerprints_without_the_package(folder, monkeypatch):
    monkeypatch.setattr(site_fingerprints, "PACKAGE", "no_such_package")
    with pytest.raises(ValueError, match=r"`make setup`, or `pip install --no-deps -r"):
        site_fingerprints.build(table(row("a")), folder)
