"""Pfizer's screens: a small table by hand, and the published one where it is at hand."""

import polars as pl
import pytest

from retort.datasets import couplings
from retort.datasets import hitea as reader
from retort.datasets.errors import SchemaError

from .yield_files import folder

SETTINGS = {"file": "buchwald_with_time.csv", "valid": ["2017"], "test": ["2018"]}
GOOD = {
    "SCREEN_ID": "SCRN_1",
    "Year": "2015",
    "halide": "c1ccccc1Br",
    "nuc": "NC",
    "catalyst": "C(O[Pd]OC(C)=O)(C)=O",
    "ligand": "CP(C)C",
    reader.CATALYST: "Pd(OAc)2/PMe3",
    reader.BASE: "DBU",
    reader.BASE_NUMBER: "MFCD1",
    "Reagent_2_Short_Hand": "None",
    "Solvent_1_Name": "Toluene/Dioxane 3:1",
    "PRODUCT_STRUCTURE": "CNc1ccccc1",
    reader.YIELD: "42",
}


def read(path, *changes):
    rows = [GOOD | change for change in changes]
    pl.DataFrame(rows).write_csv(path / SETTINGS["file"])
    return reader.read(path, SETTINGS)


def test_a_reaction_by_hand(tmp_path):
    row = read(tmp_path, {}).rows.row(0, named=True)
    assert row["reactants"] == [
        *("Brc1ccccc1", "CN", "CC(=O)O[Pd]OC(C)=O", "CP(C)C", "C1CCC2=NCCCN2CC1", "Cc1ccccc1", "C1COCCO1")
    ]
    assert row["roles"] == ["halide", "amine", "catalyst", "ligand", "base", "solvent", "solvent"]
    assert (row["yield"], row["year"], row["screen"]) == (42.0, "2015", "SCRN_1")
    assert (row["nucleophile"], row["base"]) == ("CN", "C1CCC2=NCCCN2CC1")


def test_years_are_parts(tmp_path):
    rows = read(tmp_path, *({"Year": year} for year in ("2008", "2017", "2018"))).rows
    assert rows["published_part"].to_list() == ["train", "valid", "test"]


def test_names_and_what_stands_in_for_them(tmp_path):
    rows = read(
        tmp_path,
        {},
        {reader.BASE: "Special"},  # another row names its number
        {reader.BASE: "s. NaHCO3(aq.)", reader.BASE_NUMBER: "MFCD2"},
        {"catalyst": "3G OMs RockPhos", "ligand": ""},
        {"catalyst": "", "ligand": "", reader.CATALYST: "Xantphos Pd G4"},
        {"catalyst": "", reader.CATALYST: "None", reader.BASE: "None"},
        {"Reagent_2_Short_Hand": "Ph(Bpin)"},
    ).rows
    dbu = "C1CCC2=NCCCN2CC1"
    assert rows["base"].to_list() == [dbu, dbu, "O=C([O-])O.[Na+]", dbu, dbu, "", dbu]
    assert "[Pd+]" in rows["catalyst"][3]
    assert "[Pd+]" in rows["catalyst"][4]
    assert rows["ligand"].to_list() == ["CP(C)C"] * 3 + ["", "", "CP(C)C", "CP(C)C"]
    assert rows["catalyst"][5] == ""
    assert rows["roles"][5].to_list() == ["halide", "amine", "ligand", "solvent", "solvent"]
    assert "reagent" in rows["roles"][6].to_list()


@pytest.mark.parametrize(
    ("change", "value", "reason"),
    [
        ({reader.BASE: "L/001"}, "'L/001'", "a base whose structure is not known here"),
        ({reader.BASE: "Special", reader.BASE_NUMBER: "MFCD9"}, "'Special'", "a base"),
        ({"catalyst": "WS RuPhos"}, "'WS RuPhos'", "a catalyst whose structure is not known here"),
        ({"Solvent_1_Name": "Marmite"}, "'Marmite'", "a solvent"),
        ({"halide": "c1ccccc1Br("}, "'c1ccccc1Br('", "grammar"),
        ({reader.YIELD: "#ERROR"}, "#ERROR", "expected a number"),
    ],
)
def test_what_has_no_structure_is_rejected(tmp_path, change, value, reason):
    prepared = read(tmp_path, {}, change)
    assert len(prepared.rows) == 1
    assert prepared.rejects["row"].to_list() == [1]
    assert prepared.rejects["value"][0] == value
    assert reason in prepared.rejects["reason"][0]


def test_the_published_table():
    prepared = reader.read(folder("hitea"), SETTINGS)
    rows = prepared.rows
    assert (len(rows), len(prepared.rejects)) == (3064, 19)
    assert rows["screen"].n_unique() == 39
    assert rows["year"].n_unique() == 8
    assert (rows["yield"] == 0).mean() == pytest.approx(0.64, abs=0.005)
    parts = dict(rows["published_part"].value_counts().iter_rows())
    assert parts == {"train": 1195, "valid": 945, "test": 924}


def test_three_sources_in_one_table(monkeypatch, tmp_path):
    """By hand: the screens have the notebook's halide in their second row, and its amine in their third."""

    def source(prefix, *pairs):
        changes = [{"halide": halide, "nuc": amine} for halide, amine in pairs]
        prepared = read(tmp_path, *changes)
        rows = prepared.rows.with_columns(id=prefix + pl.col("id"))
        return lambda folder, settings: type(prepared)(rows, prepared.rejects)

    readers = {
        "bh": source("bh", ("Clc1ccccn1", "NC")),
        "eln": source("eln", ("Brc1ccccc1", "NCC")),
        "hitea": source("hitea", ("Ic1ccccc1", "NCCC"), ("Brc1ccccc1", "NCCC"), ("Ic1ccccc1", "NCC")),
    }
    monkeypatch.setattr(couplings, "READERS", readers)
    rows = couplings.read(tmp_path, {name: {} for name in readers}).rows
    assert rows["source"].to_list() == ["bh", "eln", "hitea", "hitea", "hitea"]
    assert rows["is_hitea"].to_list() == [False, False, True, True, True]
    assert rows["known_eln_hitea"].to_list() == [False, False, False, True, True]
    assert rows["known_hitea_eln"].to_list() == [False, True, False, False, False]
    assert not any(rows[f"known_bh_{other}"].any() for other in ("eln", "hitea"))
    with pytest.raises(SchemaError, match="does not exist"):
        reader.read(tmp_path / "none", SETTINGS)
