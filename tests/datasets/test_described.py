"""Which crystals are described, and which polymorphs are told apart."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from retort.datasets import described, polymorphs
from retort.datasets.crystals import SCHEMA

from .discovery_files import SETTINGS, of_yaml, published, write_aflow, write_crystals, write_measured
from .test_aflow import ALL

CONFIG = Path(__file__).parents[2] / "workflow" / "config" / "dataset"


@pytest.fixture
def folder(tmp_path):
    rows = [("Na1Cl1", "train", ALL), ("Mg1O1", "test", ALL), ("Zr1", "train", ALL)]
    return write_aflow(write_measured(write_crystals(tmp_path)), rows)


def test_the_order_is_what_a_description_is_worth(folder):
    rows = described.read(folder, SETTINGS).rows
    assert list(rows.columns) == [*SCHEMA, "chosen_as"]
    chosen = list(rows.select("id", "chosen_as").iter_rows())
    assert chosen == [
        ("mp-3", "query"),
        ("mp-4", "host"),
        ("mp-1", "pair"),
        ("mp-2", "pair"),
        ("mp-5", "pair"),
    ]
    far = described.read(folder, SETTINGS | {"apart": 0.3}).rows
    assert list(far.select("id", "chosen_as").iter_rows())[2:] == [("mp-1", "aflow")]
    none = described.read(folder, SETTINGS | {"apart": 0.3, "described": 0}).rows
    assert none["id"].to_list() == ["mp-3", "mp-4"]


def test_polymorphs_are_tested_and_the_others_learned_from(folder):
    rows = polymorphs.read(folder, SETTINGS).rows
    assert dict(rows.schema) == SCHEMA | {
        "formation_energy": pl.Float64,
        "pair": pl.Boolean,
        "published_part": pl.String,
    }
    assert rows.filter("pair")["id"].to_list() == ["mp-1", "mp-2", "mp-5"]
    assert set(rows.filter("pair")["published_part"]) == {"test"}
    assert rows.filter(~pl.col("pair"))["id"].to_list() == ["mp-3", "mp-4"]
    assert set(rows.filter(~pl.col("pair"))["published_part"]) <= {"train", "valid"}


def test_a_third_polymorph_that_differs_from_none_is_left_out(folder):
    rows = polymorphs.read(folder, SETTINGS | {"apart": 0.17}).rows  # -2.0, -1.95 and -1.8 eV/atom
    assert rows.filter("pair")["id"].to_list() == ["mp-1", "mp-2"]
    assert "mp-5" not in rows["id"]


def test_crystals_without_a_part_are_no_pair(folder):
    from .crystal_files import write_labels

    write_labels(folder / "megnet_e_form.json.zip", {"mp-1": "-1", "mp-3": "-1"}, {}, {})
    assert not polymorphs.read(folder, SETTINGS).rows["pair"].any()


def test_the_published_counts(tmp_path):
    block = yaml.safe_load((CONFIG / "described.yaml").read_text())
    read = described.read(published(tmp_path, of_yaml(block)), block["settings"])
    counts = dict(read.rows["chosen_as"].value_counts().iter_rows())
    assert counts["query"] == 9
    assert counts["2d"] == 300
    assert not read.rows["id"].is_duplicated().any()
    assert len(read.rows) > 4_000
