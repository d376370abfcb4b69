"""As docs/own-data.md says: a user's CSV of formulas is a data set of `transfer` by one YAML file."""

from pathlib import Path

import polars as pl
import pytest

from retort.configuration import ConfigurationError, load
from retort.datasets import formula_table, splits
from retort.plan import Plan
from tests import own_data

KIND = "formulas"
METALS = ("Li", "Na", "K", "Mg", "Ca", "Sr", "Ba", "Zn", "Mn", "Fe", "Co", "Ni")
ANIONS = ("O", "S", "Se", "F", "Cl")


def moduli() -> str:
    """60 compounds with an invented modulus, one of them twice, one with another value, then two that are none."""
    rows = [
        f"{metal}{anion}{2 if anion in ('F', 'Cl') else ''},{200 - 7 * i - 25 * j}"
        for i, metal in enumerate(METALS)
        for j, anion in enumerate(ANIONS)
    ]
    return "\n".join(["Formula,K", *rows, rows[0], "Na2O2,190", "Xx2O,5", "Al2O3,>250"]) + "\n"


@pytest.fixture
def own(edited) -> Path:
    """The configuration with the section's block; the folder of its file."""
    own_data.add(KIND, moduli(), edited, edited.parent)
    return edited.parent


def test_ten_lines_of_yaml_join_the_study(edited, own):
    assert len(own_data.block(KIND).strip().splitlines()) == 10
    config = load(edited)
    study = config["study"]["transfer"]
    blocks = [block for block in study["grid"] if block["dataset"] == "my_moduli"]
    assert [block["split"] for block in blocks] == [f"composition-bulk_modulus-{draw}" for draw in range(3)]
    assert {(block["name"], block["title"]) for block in blocks} == {("my_moduli", "My bulk moduli")}
    runs = [run for run in Plan(config).runs("transfer") if run.dataset == "my_moduli"]
    assert {run.variant for run in runs} == set(study["guests"]["variants"])
    assert {run.settings["target"] for run in runs} == {"bulk_modulus"}
    assert study["baseline"] in study["guests"]["variants"]
    # Whoever was taught by structures was taught at the lender, which has some.
    taught = next(run for run in runs if run.variant == "ts-crabnet" and run.seed == 2)
    assert [str(folder) for folder in taught.inputs.uses["start"]] == [
        "data/runs/transfer/crystals/formation/crabnet-aligned/seed2"
    ]
    assert not {"teacher", "crabnet-aligned"} & {run.variant for run in runs}


def test_each_property_is_a_place_of_its_own(edited, own):
    path = edited / "dataset/my_moduli.yaml"
    both = "{bulk_modulus: {column: K, unit: GPa}, shear: {column: G, unit: GPa}}"
    path.write_text(path.read_text().replace("{bulk_modulus: {column: K, unit: GPa}}", both))
    config = load(edited)
    places = [place for place in Plan(config).places("transfer") if place.dataset == "my_moduli"]
    assert [(place.name, place.target) for place in places] == [
        ("my_moduli-composition-bulk_modulus", "bulk_modulus"),
        ("my_moduli-composition-shear", "shear"),
    ]
    titles = {
        block["title"] for block in config["study"]["transfer"]["grid"] if block["dataset"] == "my_moduli"
    }
    assert titles == {"My bulk moduli: bulk modulus", "My bulk moduli: shear"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("labels:", "label:", "unknown key label in dataset.my_moduli.settings: did you mean 'labels'?"),
        ("bulk_modulus:", "K (GPa):", "labels='K (GPa)', expected text that fits"),
    ],
)
def test_a_label_that_splits_cannot_bear_is_refused(edited, own, old, new, words):
    path = edited / "dataset/my_moduli.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ConfigurationError) as error:
        load(edited)
    assert words in str(error.value)
    assert "my_moduli" in str(error.value)
    assert "Hint: " in str(error.value)


def test_its_rows_are_read_and_one_composition_lies_in_one_part(edited, own):
    dataset = load(edited)["dataset"]["my_moduli"]
    prepared = formula_table.read(own, dataset["settings"])
    assert len(prepared.rows) == 62
    assert prepared.rejects["value"].to_list() == ["Xx2O", ">250"]
    parts = splits.split(prepared.rows, dataset["splits"]["composition-bulk_modulus-0"], 0)
    counts = dict(parts.group_by("part").len().iter_rows())
    assert counts["excluded"] == 1, "the row that repeats the first"
    assert counts["train"] == pytest.approx(0.7 * 61, abs=2)
    used = parts.filter(pl.col("part") != "excluded").join(prepared.rows.select("id", "composition"), on="id")
    assert used.group_by("composition").agg(pl.col("part").n_unique())["part"].max() == 1
