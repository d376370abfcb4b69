"""Buchwald-Hartwig reactions from AstraZeneca's electronic notebooks (Saebi et al. 2023), with their ten splits.

Amine, aryl halide and ligand stand in one string, in this order but for two rows in which the first two changed places,
and two in which an amine's trifluoroacetic acid comes between. Palladium is not named. Components are often repeated:
what differs then are amounts, temperature or volume, so that a random split has many reactions in train and test.
"""

import json
from pathlib import Path

import polars as pl
from rdkit import Chem

from retort.chemistry.components import component
from retort.chemistry.molecules import MoleculeError, parse
from retort.datasets import delimited
from retort.datasets.cells import number
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared
from retort.datasets.reaction_yields import Record, Reject, reject, table

FILE_COLUMNS = ("yield", "reactant_smiles", "solvent_smiles", "base_smiles", "product_smiles", "temperature")
ACID = "C(=O)(C(F)(F)F)O"  # an amine's salt with it
LEAVING = Chem.MolFromSmarts("[Cl,Br,I,$(OS(=O)(=O)C(F)(F)F)]-[#6;!$([#6]=O)]")
DRAWS = 10
COLUMNS = {
    **dict.fromkeys(["halide", "amine", "ligand", "base", "solvent"], pl.String),
    "temperature": pl.Float64,
}


def read(folder: Path, settings: dict) -> Prepared:
    """The reactions in the order of the file.

    Args:
        folder: holds the files.
        settings: `file`, the table, and `splits`, JSON with the row numbers of each split.

    Returns:
        The table of `retort.datasets.reaction_yields` with `halide, amine, ligand, base, solvent` (canonical SMILES),
        `temperature` in degrees Celsius, and `random_0` to `random_9` (train or test).

    Raises:
        SchemaError: a file or a column is missing, or the splits are not of these rows.
    """
    file = settings["file"]
    found = list(delimited.records(folder / file, FILE_COLUMNS))
    parts = _parts(folder / settings["splits"], len(found))
    records: list[Record] = []
    rejects: list[Reject] = []
    for place, (row, cells) in enumerate(found):
        if isinstance(cells, delimited.Broken):
            rejects.append((file, row, *cells))
            continue
        try:
            percent, temperature = (
                number(cells["yield"], "yield"),
                number(cells["temperature"], "temperature"),
            )
            halide, amine, ligand = _reactants(cells["reactant_smiles"])
            named = {
                "halide": component(halide),
                "amine": component(amine),
                "ligand": component(ligand),
                "base": component(cells["base_smiles"]),
                "solvent": component(cells["solvent_smiles"]),
            }
        except MoleculeError as error:
            rejects.append((file, row, cells["reactant_smiles"], str(error)))
            continue
        except ValueError as error:
            rejects.append(reject(file, row, error))
            continue
        columns = named | {"temperature": temperature} | {draw: each[place] for draw, each in parts.items()}
        product = cells["product_smiles"]
        records.append(Record(file, row, percent, list(named.items()), [product], columns=columns))
    return table("eln", records, COLUMNS | dict.fromkeys(parts, pl.String), rejects)


def _reactants(text: str) -> tuple[str, str, str]:
    """Halide, amine and ligand of a string `amine.halide.ligand`, where the ligand may have several fragments."""
    fragments = text.split(".")
    if ACID in fragments:
        place = fragments.index(ACID)
        amine = f"{fragments[place - 1]}.{ACID}"
        halide, ligand = fragments[0], fragments[place + 1 :]
    else:
        amine, halide, ligand = fragments[0], fragments[1], fragments[2:]
        if not parse(halide).HasSubstructMatch(LEAVING):
            amine, halide = halide, amine
    if not parse(halide).HasSubstructMatch(LEAVING):
        raise MoleculeError(
            f"{text!r} is no molecule with a halogen among its first two. Hint: see the reader."
        )
    return halide, amine, ".".join(ligand)


def _parts(path: Path, rows: int) -> dict[str, list[str]]:
    """The part of each row in each split."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        parts = {}
        for draw in range(DRAWS):
            train, test = (set(found[side][str(draw + 1)]) for side in ("train_idx", "test_idx"))
            if train & test or train | test != set(range(rows)):
                raise SchemaError(
                    f"{path}: split {draw + 1} has {len(train)} and {len(test)} rows, expected each of {rows} once. "
                    "Hint: download it again."
                )
            parts[f"random_{draw}"] = ["test" if row in test else "train" for row in range(rows)]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise SchemaError(f"{path} holds no splits: {error}. Hint: download it again.") from error
    return parts
