"""As docs/own-data.md says: a user's CSV of syntheses is a data set of `precursors` by one YAML file."""

import re
from pathlib import Path

import pytest

from retort.configuration import load
from retort.datasets import splits, synthesis_table
from retort.plan import Plan
from tests import own_data

KIND = "syntheses"
ALKALINE = {
    "Ca": "CaCO3",
    "Sr": "SrCO3",
    "Ba": "BaCO3",
    "Mg": "MgO",
    "Li2": "Li2CO3",
    "Na2": "Na2CO3",
    "K2": "K2CO3",
}
OXIDES = {
    **{
        "TiO3": "TiO2",
        "ZrO3": "ZrO2",
        "SnO3": "SnO2",
        "WO4": "WO3",
        "MoO4": "MoO3",
        "Fe2O4": "Fe2O3",
        "Al2O4": "Al2O3",
    },
    **{"MnO3": "MnO2", "Cr2O4": "Cr2O3", "Ga2O4": "Ga2O3", "SiO3": "SiO2", "GeO3": "GeO2"},
}


def syntheses() -> str:
    """84 syntheses, all in two papers or none, then two that cannot be used."""
    pairs = [(metal, oxide) for metal in ALKALINE for oxide in OXIDES]
    papers, parts = ("10.1/a", "10.1/b", ""), ("train", "val", "test")
    rows = [
        f"{metal}{oxide},{ALKALINE[metal]} + {OXIDES[oxide]},{papers[number % 3]},{parts[number % 3]}"
        for number, (metal, oxide) in enumerate(pairs)
    ]
    return (
        "\n".join(["Target,Precursors,DOI,split", *rows, "CaTiO3,CaCO3,,train", "XxTiO3,TiO2,,train"]) + "\n"
    )


@pytest.fixture
def own(edited) -> Path:
    """The configuration with the section's block; the folder of its file."""
    own_data.add(KIND, syntheses(), edited, edited.parent)
    return edited.parent


def test_ten_lines_of_yaml_join_the_study(edited, own):
    assert len(own_data.block(KIND).strip().splitlines()) == 10
    config = load(edited)
    study = config["study"]["precursors"]
    runs = [run for run in Plan(config).runs("precursors") if run.dataset == "my_syntheses"]
    assert {run.variant for run in runs} == set(study["guests"]["variants"])
    assert {run.split for run in runs} == {"family-0", "family-1", "family-2"}
    assert study["baseline"] in study["guests"]["variants"]
    assert {run.dataset for run in runs if run.inputs.uses} == {"my_syntheses"}
    dataset = config["dataset"]["my_syntheses"]
    prepared = synthesis_table.read(own, dataset["settings"])
    assert len(prepared.rows) == 84
    assert prepared.rejects["row"].to_list() == [84, 85]
    for draw in range(3):
        settings = dataset["splits"][f"family-{draw}"]
        report = splits.manifest(prepared.rows, splits.split(prepared.rows, settings, 0), settings)
        assert report["targets_shared_with_train"] == {"valid": 0, "test": 0}


def test_a_published_table_joins_with_its_own_parts(edited, own):
    path = edited / "dataset/my_syntheses.yaml"
    text = path.read_text().replace("settings: {", "settings: {part: split, doi: DOI, ")
    path.write_text(text.replace("join: precursors", "join: {study: precursors, split: published}"))
    config = load(edited)
    runs = [run for run in Plan(config).runs("precursors") if run.dataset == "my_syntheses"]
    assert {run.split for run in runs} == {"published"}
    dataset = config["dataset"]["my_syntheses"]
    prepared = synthesis_table.read(own, dataset["settings"])
    settings = dataset["splits"]["published"]
    report = splits.manifest(prepared.rows, splits.split(prepared.rows, settings, 0), settings)
    assert report["rows"] == {"train": 28, "valid": 28, "test": 28}
    assert report["papers_shared_with_train"] == {"valid": 0, "test": 0}


def test_validation_may_be_drawn_where_the_authors_drew_none(edited, own):
    """The last lines of the section."""
    written = re.search(r"draw it: `(splits: .*?)`\.", own_data.section(KIND), re.DOTALL)[1].replace(
        "\n", " "
    )
    path = edited / "dataset/my_syntheses.yaml"
    text = (
        path.read_text()
        .replace("settings: {", "settings: {columns: [split], ")
        .replace("splits: syntheses", written)
    )
    path.write_text(text.replace("join: precursors", "join: {study: precursors, split: published}"))
    dataset = load(edited)["dataset"]["my_syntheses"]
    rows = synthesis_table.read(own, dataset["settings"]).rows
    parts = splits.split(rows, dataset["splits"]["published"], 0).join(rows.select("id", "split"), on="id")
    assert set(parts.filter(part="test")["split"]) == {"test"}
    assert len(parts.filter(part="valid")) == 6
