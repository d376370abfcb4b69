"""AFLOW's properties by composition: awkward rows by hand, and the published counts where the files are at hand."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from retort.configuration.expand import split_families
from retort.datasets import aflow, crystals
from retort.datasets.aflow import PROPERTIES
from retort.datasets.errors import SchemaError
from retort.datasets.splits import manifest, split

from .discovery_files import of_yaml, published, write_aflow, write_crystals

CONFIG = Path(__file__).parents[2] / "workflow" / "config" / "dataset"
ALL = {"energy": "-3.5", "gap": "5.0", "bulk": "100", "shear": "10", "debye": "1000", "expansion": "1e-5"}
SALT = ("Na1Cl1", "train", ALL)


def without(name):
    return {key: value for key, value in ALL.items() if key != name}


def test_complete_rows_have_their_most_stable_crystal_and_logarithms(tmp_path):
    write_aflow(write_crystals(tmp_path), [SALT, ("Mg1O1", "val", ALL)])
    rows = aflow.read(tmp_path, {}).rows
    assert dict(rows.schema) == crystals.SCHEMA | dict.fromkeys(PROPERTIES, pl.Float64) | {
        "published_part": pl.String,
        "undescribed": pl.Boolean,
    }
    assert rows["id"].to_list() == ["mp-1", "mp-4"]
    assert rows.select(PROPERTIES).row(0) == pytest.approx((-3.5, 5, 2, 1, 3, -5))
    assert rows["published_part"].to_list() == ["train", "valid"]
    assert not rows["undescribed"].any()


def test_the_part_is_that_of_the_bulk_modulus_whatever_the_others_say(tmp_path):
    others = ("NaCl", "test", without("bulk"))
    write_aflow(write_crystals(tmp_path), [("Na1Cl1", "val", {"bulk": "100"}), others])
    assert aflow.read(tmp_path, {}).rows["published_part"].to_list() == ["valid"]


@pytest.mark.parametrize(
    ("row", "value", "reason"),
    [
        (("Zr1", "train", ALL), "Zr", "no crystal of this composition"),
        (("Mg1O1", "train", ALL | {"expansion": "0.0"}), "Mg1O1", "expected a positive number"),
        (("Mg1O1", "train", ALL | {"gap": "large"}), "Mg1O1", "target is 'large'"),
        (("Mg1Xx1", "train", {"gap": "1"}), "Mg1Xx1", "unknown element 'Xx'"),
        (("Na2Cl2", "test", {"gap": "1"}), "Na2Cl2", "the composition Cl0.5000 Na0.5000 occurred before"),
    ],
)
def test_bad_rows_are_kept_with_their_reason(tmp_path, row, value, reason):
    read = aflow.read(write_aflow(write_crystals(tmp_path), [SALT, row]), {})
    assert read.rows["formula"].to_list() == ["NaCl"]
    assert read.rejects["value"].to_list() == [value]
    assert reason in read.rejects["reason"][0]


def test_the_auxiliary_are_never_tested_or_chosen_by(tmp_path):
    rows = [
        SALT,  # complete
        ("Zr1", "train", {"energy": "-8", "gap": "0"}),
        (
            "Hf1",
            "test",
            {"energy": "-9", "gap": "0"},
        ),  # tested for its energy, which is not the split that counts
        ("Ti1", "train", {"energy": "-7"}),  # no gap
        ("K1Br1", "train", without("expansion")),
        ("K1I1", "test", without("expansion")),
        ("K1F1", "val", without("expansion")),
    ]
    table = aflow.read(write_aflow(tmp_path, rows), {"rows": "auxiliary"}).rows
    assert sorted(table["id"]) == ["Hf", "KBr", "Zr"]
    assert set(table["published_part"]) == {"train"}
    assert table.filter(id="Zr").select(PROPERTIES).row(0) == (-8, 0, None, None, None, None)


def test_described_are_the_smallest_cells(tmp_path):
    write_aflow(write_crystals(tmp_path), [SALT, ("Mg1O1", "val", ALL), ("Pb1Te1", "test", ALL)])
    assert aflow.read(tmp_path, {"described": 2}).rows["undescribed"].to_list() == [False, False, True]


def test_unknown_rows_are_refused(tmp_path):
    with pytest.raises(SchemaError, match="rows: 'some'"):
        aflow.read(tmp_path, {"rows": "some"})


def test_the_published_counts_and_what_is_withheld(tmp_path):
    block = yaml.safe_load((CONFIG / "aflow.yaml").read_text())
    read = aflow.read(published(tmp_path, of_yaml(block)), block["settings"])
    parts = dict(read.rows["published_part"].value_counts().iter_rows())
    assert parts == {"train": 2_432, "valid": 493, "test": 496}
    assert read.rows.select(PROPERTIES).null_count().row(0) == (0,) * 6
    assert read.rows["expansion"].median() == pytest.approx(-4.3137, abs=1e-3)
    splits = split_families(block["splits"])
    for name in ("05-1", "n100-2"):
        tasks, energy = (split(read.rows, splits[f"{which}-{name}"], seed=0) for which in ("tasks", "energy"))
        assert tasks.equals(energy)
        assert manifest(read.rows, tasks, splits[f"tasks-{name}"])["leakage"] == 0
