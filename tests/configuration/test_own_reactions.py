"""As docs/own-data.md says: a user's CSV of reactions is a data set of `yields` by one YAML file."""

from pathlib import Path

import polars as pl
import pytest

from retort.configuration import load
from retort.datasets import splits, yield_table
from retort.plan import Plan
from tests import own_data

KIND = "reactions"
HALIDES = {"Brc1ccccc1": "c1ccccc1", "Clc1ccncc1": "c1ccncc1", "Ic1ccc(C)cc1": "c1ccc(C)cc1"}
AMINES = {"CN": "CN", "CCN": "CCN", "NC1CC1": "C1CC1N", "CCCN": "CCCN"}
BASES = ("CCN(CC)CC", "[K+].[OH-]", "")


def plate() -> str:
    """36 wells, the last twelve of them measured again, then two that cannot be used."""
    wells = [
        f"{halide},{amine},{base},{left}{ring},{5 * size + 20 * bool(base)}"
        for size, (halide, ring) in enumerate(HALIDES.items())
        for amine, left in AMINES.items()
        for base in BASES
    ]
    broken = ["Brc1ccccc1,CN,,CNc1ccccc1,traces", "Brc1cccc1,CN,,CNc1ccccc1,10"]
    return "\n".join(["Halide,Amine,Base,Product,Yield", *wells, *wells[-12:], *broken]) + "\n"


@pytest.fixture
def own(edited) -> Path:
    """The configuration with the section's block; the folder of its file."""
    own_data.add(KIND, plate(), edited, edited.parent)
    return edited.parent


def test_ten_lines_of_yaml_join_the_study(edited, own):
    assert len(own_data.block(KIND).strip().splitlines()) == 10
    config = load(edited)
    guests = config["study"]["yields"]["guests"]
    assert config["study"]["yields"]["grid"][-1] == {
        "name": "my_plate",
        "title": "My plate",
        "dataset": "my_plate",
        **guests,
    }
    runs = [run for run in Plan(config).runs("yields") if run.dataset == "my_plate"]
    assert {run.variant for run in runs} == set(guests["variants"])
    assert {run.split for run in runs} == {guests["split"]}
    assert {run.settings["target"] for run in runs} == {"yield"}
    # One whose network `retort yield` can ask, and the one that all are compared with.
    assert "network" in {run.settings["method"] for run in runs}
    assert config["study"]["yields"]["baseline"] in guests["variants"]


def test_its_rows_are_read_and_repeated_wells_lie_in_one_part(edited, own):
    dataset = load(edited)["dataset"]["my_plate"]
    prepared = yield_table.read(own, dataset["settings"])
    assert len(prepared.rows) == 48
    assert prepared.rows["repeated"].sum() == 12
    assert prepared.rejects["row"].to_list() == [48, 49]
    assert [value.strip("'") for value in prepared.rejects["value"]] == ["traces", "Brc1cccc1"]
    assert prepared.rows["roles"].list.len().unique().sort().to_list() == [2, 3]
    parts = splits.split(prepared.rows, dataset["splits"]["random"], 0)
    assert set(parts["part"]) == {"train", "valid", "test"}
    of_each = parts.join(prepared.rows.select("id", "reaction"), on="id").group_by("reaction")
    assert of_each.agg(pl.col("part").n_unique())["part"].unique().to_list() == [1]
