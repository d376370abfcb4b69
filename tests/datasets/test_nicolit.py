"""Nickel couplings of the literature: rows by hand, and the published table where it is at hand."""

import polars as pl
import pytest

from retort.chemistry.molecules import parse
from retort.datasets import nicolit as reader

from .yield_files import folder

SETTINGS = {"file": "NiCOlit.csv"}
GOOD = {
    "substrate": "COc1ccc2ccccc2c1",
    "effective_coupling_partner": "OB(O)c1ccccc1",
    "solvent": "toluene",
    "catalyst_precursor": "Ni(cod)2",
    "effective_reagents": "[Cs+].[F-]",
    "reductant": "",
    "effective_ligand": "PCy3",
    "product": "c1ccc(-c2ccc3ccccc3c2)cc1",
    "analytical_yield": "73",
    "isolated_yield": "",
    "coupling_partner_class": "B",
    "DOI": "https://doi.org/10.1/x",
    "origin": "Scope",
}


def read(path, *changes):
    pl.DataFrame([GOOD | change for change in changes]).write_csv(path / SETTINGS["file"])
    return reader.read(path, SETTINGS)


def components(prepared, role, row=0):
    record = prepared.rows.row(row, named=True)
    return [smiles for smiles, name in zip(record["reactants"], record["roles"], strict=True) if name == role]


def test_a_reaction_by_hand(tmp_path):
    prepared = read(tmp_path, {})
    row = prepared.rows.row(0, named=True)
    assert row["roles"] == ["electrophile", "nucleophile", "catalyst", "ligand", "reagent", "solvent"]
    assert (row["yield"], row["measured"], row["doi"]) == (73.0, "analytical", "10.1/x")
    assert components(prepared, "catalyst") == ["C1=CCCC=CCC1.C1=CCCC=CCC1.[Ni]"]
    assert components(prepared, "reagent") == ["[Cs+].[F-]"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"isolated_yield": "60"}, (73.0, "analytical")),
        ({"analytical_yield": "", "isolated_yield": "60"}, (60.0, "isolated")),
        ({"analytical_yield": "nd", "isolated_yield": "60"}, (60.0, "isolated")),
    ],
)
def test_the_analytical_yield_goes_first(tmp_path, change, expected):
    rows = read(tmp_path, change).rows
    assert (rows["yield"][0], rows["measured"][0]) == expected


def test_several_and_none(tmp_path):
    prepared = read(
        tmp_path,
        {"effective_ligand": "PCy3+ItBu", "solvent": "tAmOMe + Et2O"},
        {"effective_ligand": "acac", "solvent": "dioxane - H2O", "catalyst_precursor": "Ni(acac)2"},
        {"effective_ligand": "CP(C)C", "solvent": "THF/DMA", "catalyst_precursor": "NiCl2(dppf)"},
        {"effective_ligand": "", "catalyst_precursor": "", "effective_reagents": "", "reductant": "[Zn]"},
    )
    assert len(prepared.rejects) == 0
    assert len(components(prepared, "ligand", 0)) == len(components(prepared, "solvent", 0)) == 2
    assert components(prepared, "ligand", 1) == []
    assert components(prepared, "solvent", 1) == ["C1COCCO1", "O"]
    assert components(prepared, "ligand", 2) == ["CP(C)C"]
    assert components(prepared, "catalyst", 2) == ["[Cl][Ni][Cl]"]
    assert prepared.rows["roles"][3].to_list() == ["electrophile", "nucleophile", "reductant", "solvent"]


@pytest.mark.parametrize(
    ("change", "value", "reason"),
    [
        ({"analytical_yield": "nd"}, "nd", "analytical_yield is 'nd', expected a number"),
        ({"effective_ligand": "L1"}, "'L1'", "a ligand whose structure is not known here"),
        ({"catalyst_precursor": "Pd/C"}, "'Pd/C'", "a catalyst whose structure"),
        ({"solvent": "gin"}, "'gin'", "a solvent whose structure"),
        ({"effective_reagents": "[Fe+++].[F-]"}, "'[Fe+++].[F-]'", "grammar"),
    ],
)
def test_what_cannot_be_read_is_rejected(tmp_path, change, value, reason):
    prepared = read(tmp_path, {}, change)
    assert len(prepared.rows) == 1
    assert (prepared.rejects["row"][0], prepared.rejects["value"][0]) == (1, value)
    assert reason in prepared.rejects["reason"][0]


def test_the_nickel_compounds_are_molecules():
    for smiles in reader.NICKEL.values():
        assert "Ni" in {atom.GetSymbol() for atom in parse(smiles).GetAtoms()}
    names = list(reader.NICKEL)
    for place, name in enumerate(names):
        assert not any(name.startswith(earlier) for earlier in names[:place]), "a longer beginning goes first"


def test_the_published_table():
    prepared = reader.read(folder("nicolit"), SETTINGS)
    rows = prepared.rows
    assert (len(rows), len(prepared.rejects)) == (1963, 40)
    assert rows["doi"].n_unique() == 45
    assert dict(rows["measured"].value_counts().iter_rows()) == {"analytical": 707, "isolated": 1256}
    assert (prepared.rejects["value"] == "nd").sum() == 2
