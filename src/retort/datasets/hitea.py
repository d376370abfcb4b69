"""Buchwald-Hartwig screens of Pfizer (King-Smith et al. 2024): 3,083 reactions of 39 screens in eight years.

The yield is the share of the product in the area of a chromatogram, a whole number; two thirds are zero. Bases,
solvents and some catalysts are named only; what has no structure here is rejected. Bases called "Special" have a
catalogue number that other rows name.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from retort.chemistry.components import component
from retort.chemistry.molecules import MoleculeError, parse
from retort.chemistry.reagents import BASES, CATALYSTS, SOLVENTS, structure
from retort.datasets import delimited
from retort.datasets.cells import number
from retort.datasets.prepared import Prepared
from retort.datasets.reaction_yields import Record, Reject, reject, table

YIELD = "Product_Yield_PCT_Area_UV"
BASE, BASE_NUMBER = "Reagent_1_Short_Hand", "Reagent_1_ID"
CATALYST = "Catalyst_2_Short_Hand"
FILE_COLUMNS = (
    *("SCREEN_ID", "Year", "halide", "nuc", "catalyst", "ligand", CATALYST, BASE, BASE_NUMBER, "Reagent_2_Short_Hand"),
    *("Solvent_1_Name", "PRODUCT_STRUCTURE", YIELD),
)  # fmt: skip
REAGENTS = {"Ph(Bpin)": "CC1(C)OB(c2ccccc2)OC1(C)C"}
NOTHING = ("", "None")
COLUMNS = dict.fromkeys(
    ["screen", "year", "halide", "nucleophile", "catalyst", "ligand", "base", "published_part"], pl.String
)


def read(folder: Path, settings: dict) -> Prepared:
    """The reactions in the order of the file.

    Args:
        folder: holds the file.
        settings: `file`; `valid` and `test`, the years of these parts, as text.

    Returns:
        The table of `retort.datasets.reaction_yields` with `screen, year, halide, nucleophile` (canonical SMILES),
        `catalyst, ligand, base` (canonical SMILES, empty where there is none), and `published_part` by year.

    Raises:
        SchemaError: the file or a column is missing.
    """
    file = settings["file"]
    found = list(delimited.records(folder / file, FILE_COLUMNS))
    numbered = {
        cells[BASE_NUMBER]: cells[BASE]
        for _, cells in found
        if not isinstance(cells, delimited.Broken) and cells[BASE] in BASES
    }
    by_year = {year: part for part in ("valid", "test") for year in settings[part]}
    records: list[Record] = []
    rejects: list[Reject] = []
    for row, cells in found:
        if isinstance(cells, delimited.Broken):
            rejects.append((file, row, *cells))
            continue
        try:
            percent = number(cells[YIELD], YIELD)
            put = [(role, component(smiles)) for role, smiles in _components(cells, numbered) if smiles]
        except ValueError as error:
            rejects.append(reject(file, row, error))
            continue
        first = dict.fromkeys(("catalyst", "ligand", "base"), "") | dict(reversed(put))
        columns = {name: first[name] for name in ("halide", "catalyst", "ligand", "base")}
        columns |= {"nucleophile": first["amine"], "screen": cells["SCREEN_ID"], "year": cells["Year"]}
        columns["published_part"] = by_year.get(cells["Year"], "train")
        records.append(Record(file, row, percent, put, [cells["PRODUCT_STRUCTURE"]], columns=columns))
    return table("hitea", records, COLUMNS, rejects)


def _components(cells: Mapping[str, str], numbered: Mapping[str, str]) -> list[tuple[str, str]]:
    """What goes in, as (role, SMILES), '' for what is absent."""
    named = cells["catalyst"].strip()
    if not named and cells[CATALYST] in CATALYSTS:
        named = cells[CATALYST]
    base = cells[BASE].strip().removeprefix("s. ").removesuffix("(aq.)")
    if base == "Special":
        base = numbered.get(cells[BASE_NUMBER], base)
    solvents = cells["Solvent_1_Name"].removesuffix(" 3:1").split("/")
    return [
        ("halide", cells["halide"]),
        ("amine", cells["nuc"]),  # mostly; some are alcohols or amides, in the same place
        ("catalyst", _catalyst(named)),
        ("ligand", cells["ligand"].strip()),
        ("base", "" if base in NOTHING else structure(base, BASES, "base")),
        ("reagent", REAGENTS.get(cells["Reagent_2_Short_Hand"], "")),
        *(("solvent", structure(solvent, SOLVENTS, "solvent")) for solvent in solvents),
    ]


def _catalyst(text: str) -> str:
    """The catalyst's column has a structure or a name."""
    if text in NOTHING:
        return ""
    if text in CATALYSTS:
        return CATALYSTS[text]
    try:
        parse(text)
    except MoleculeError:
        return structure(text, CATALYSTS, "catalyst")
    return text
