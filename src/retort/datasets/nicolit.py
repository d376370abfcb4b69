"""Nickel-catalysed couplings of C-O bonds from 45 publications (NiCOlit, Schleinitz et al. 2022).

The yield is the analytical one where there is one, else the isolated one. What the curators call effective goes in: the
coupling partner, the ligand and the reagents that are there once what was added has reacted. Ligands, solvents and
catalysts are names; a row with a name that has no structure here is rejected. The catalyst is the nickel compound
without the phosphines and carbenes that the column of ligands names.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from retort.chemistry.components import component
from retort.chemistry.molecules import MoleculeError, parse
from retort.chemistry.reagents import LIGANDS, SOLVENTS, structure
from retort.datasets import delimited
from retort.datasets.cells import number
from retort.datasets.prepared import Prepared
from retort.datasets.reaction_yields import Record, Reject, reject, table

FILE_COLUMNS = (
    *("substrate", "effective_coupling_partner", "solvent", "catalyst_precursor", "effective_reagents", "reductant"),
    *("effective_ligand", "product", "analytical_yield", "isolated_yield", "coupling_partner_class", "DOI", "origin"),
)  # fmt: skip
# By how the catalyst's name begins; a longer beginning goes first.
NICKEL = {
    "Ni(2,4-xylyl)Br": "Cc1ccc([Ni]Br)c(C)c1",
    "Ni(2,6-xylyl)Br": "Cc1cccc(C)c1[Ni]Br",
    "Ni(2-CF3Ph)Br": "FC(F)(F)c1ccccc1[Ni]Br",
    "Ni(2-OMePh)Br": "COc1ccccc1[Ni]Br",
    "Ni(2-ethylPh)Br": "CCc1ccccc1[Ni]Br",
    "Ni(OAc)2": "CC(=O)O[Ni]OC(C)=O",
    "Ni(OTf)2": "O=S(=O)(O[Ni]OS(=O)(=O)C(F)(F)F)C(F)(F)F",
    "Ni(acac)2": "CC(=O)C=C(C)O[Ni]OC(C)=CC(C)=O",
    "Ni(cod)2": "C1=CCCC=CCC1.C1=CCCC=CCC1.[Ni]",
    "Ni(naphtyl)Br": "Br[Ni]c1cccc2ccccc12",
    "Ni(o-tol)Br": "Cc1ccccc1[Ni]Br",
    "Ni(o-tol)Cl": "Cc1ccccc1[Ni]Cl",
    "NiBr2": "Br[Ni]Br",
    "NiCl2": "Cl[Ni]Cl",
    "NiF2": "F[Ni]F",
    "NiI2": "I[Ni]I",
    "NiO": "O=[Ni]",
    "Ni(": "[Ni]",  # nothing but ligands
}
OF_THE_CATALYST = ("acac", "COD")  # "ligands" that the nickel compound brings
SAME_SOLVENT = {"toluene": "Toluene", "dioxane": "Dioxane"}
COLUMNS = dict.fromkeys(
    ["doi", "electrophile", "nucleophile", "ligand", "class", "origin", "measured"], pl.String
)


def read(folder: Path, settings: dict) -> Prepared:
    """The reactions in the order of the file.

    Args:
        folder: holds the file.
        settings: `file`.

    Returns:
        The table of `retort.datasets.reaction_yields` with `doi, electrophile, nucleophile` (canonical SMILES),
        `ligand` (the curators' name), `class` (of the coupling partner), `origin` (Scope or Optimisation) and
        `measured` (analytical or isolated).

    Raises:
        SchemaError: the file or a column is missing.
    """
    file = settings["file"]
    records: list[Record] = []
    rejects: list[Reject] = []
    for row, cells in delimited.records(folder / file, FILE_COLUMNS):
        if isinstance(cells, delimited.Broken):
            rejects.append((file, row, *cells))
            continue
        try:
            measured, percent = _yield(cells)
            put = [(role, component(smiles)) for role, smiles in _components(cells)]
        except ValueError as error:
            rejects.append(reject(file, row, error))
            continue
        columns = {
            "doi": cells["DOI"].removeprefix("https://doi.org/"),
            "electrophile": put[0][1],
            "nucleophile": put[1][1],
            "ligand": cells["effective_ligand"] or "none",
            "class": cells["coupling_partner_class"],
            "origin": cells["origin"],
            "measured": measured,
        }
        records.append(Record(file, row, percent, put, [cells["product"]], columns=columns))
    return table("nicolit", records, COLUMNS, rejects)


def _yield(cells: Mapping[str, str]) -> tuple[str, float]:
    """Which yield was measured, and the number; ValueError(reason, text) where there is none."""
    if not cells["isolated_yield"].strip():
        return "analytical", number(cells["analytical_yield"], "analytical_yield")
    try:
        return "analytical", number(cells["analytical_yield"], "analytical_yield")
    except ValueError:
        return "isolated", number(cells["isolated_yield"], "isolated_yield")


def _components(cells: Mapping[str, str]) -> list[tuple[str, str]]:
    """What goes in, as (role, SMILES)."""
    solvents = [name.strip() for name in re.split(r" \+ | - |/", cells["solvent"])]
    solvents = [SAME_SOLVENT.get(name, name) for name in solvents]
    ligand = cells["effective_ligand"].strip()
    ligands = [ligand] if ligand in LIGANDS else [name.strip() for name in ligand.split("+")]
    if _is_structure(ligand):
        ligands = [ligand]
    return [
        ("electrophile", cells["substrate"]),
        ("nucleophile", cells["effective_coupling_partner"]),
        *(("catalyst", smiles) for smiles in _catalyst(cells["catalyst_precursor"].strip())),
        *(("ligand", _ligand(name)) for name in ligands if name and name not in OF_THE_CATALYST),
        *(("reagent", cell) for cell in [cells["effective_reagents"].strip()] if cell),
        *(("reductant", cell) for cell in [cells["reductant"].strip()] if cell),
        *(("solvent", structure(name, SOLVENTS, "solvent")) for name in solvents),
    ]


def _catalyst(name: str) -> list[str]:
    """The nickel compound of a name or a structure."""
    for beginning, smiles in NICKEL.items():
        if name.startswith(beginning):
            return [smiles]
    if not name:
        return []
    return [name if _is_structure(name) else structure(name, NICKEL, "catalyst")]


def _ligand(name: str) -> str:
    return name if name not in LIGANDS and _is_structure(name) else structure(name, LIGANDS, "ligand")


def _is_structure(text: str) -> bool:
    try:
        parse(text)
    except MoleculeError:
        return False
    return True
