"""The 120 descriptors of Ahneman et al. (2018): what quantum chemistry computed of each molecule of their plates."""

from pathlib import Path

import polars as pl

from retort.chemistry.components import component, flat
from retort.datasets import delimited
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared, no_rejects

# Of each role its file, the column of its names in the table of wells, and how many descriptors it has.
ROLES = {
    "halide": ("aryl_halide.csv", "aryl_halide", 27),
    "ligand": ("ligand.csv", "ligand", 64),
    "base": ("base.csv", "base", 10),
    "additive": ("additive.csv", "additive", 19),
}
SCHEMA = dict.fromkeys(["id", "role", "name", "smiles", "flat"], pl.String) | {
    "columns": pl.List(pl.String),
    "values": pl.List(pl.Float64),
}


def read(folder: Path, settings: dict) -> Prepared:
    """One row per molecule: its role, name, SMILES (`flat` without stereochemistry), and its descriptors with names.

    Args:
        folder: holds the four files, and `settings["wells"]`, the table that says which structure has which name.

    Raises:
        SchemaError: a file or column is missing, a molecule has no structure or another number of descriptors, or one
            of them is no finite number.
    """
    structures = _structures(folder / settings["wells"])
    rows = []
    for role, (file, _, width) in ROLES.items():
        path = folder / file
        # The lines of these files end in two signs, so that every other one looks blank; molecules are counted.
        for place, (row, record) in enumerate(delimited.records(path, ["name"])):
            if isinstance(record, delimited.Broken):
                raise SchemaError(
                    f"{path}, row {row}: {record.reason}. Hint: run the download rule of this data set again."
                )
            name = record.pop("name").strip()
            smiles = structures.get((role, name))
            if smiles is None:
                raise SchemaError(
                    f"{path}, row {row}: no well of {settings['wells']} has the {role} {name!r}. "
                    "Hint: run the download rule of this data set again."
                )
            values = pl.Series(list(record.values())).cast(pl.Float64, strict=False)
            if len(values) != width or not values.is_finite().fill_null(False).all():
                raise SchemaError(
                    f"{path}, row {row}: {name!r} has {len(values.drop_nulls())} numbers, expected {width}. "
                    "Hint: run the download rule of this data set again."
                )
            rows.append(
                {
                    "id": f"{role}-{place:02d}",
                    "role": role,
                    "name": name,
                    "smiles": component(smiles),
                    "flat": flat(smiles),
                    "columns": list(record),
                    "values": values.to_list(),
                }
            )
    return Prepared(pl.DataFrame(rows, schema=SCHEMA), no_rejects())


def _structures(path: Path) -> dict[tuple[str, str], str]:
    """The SMILES of each molecule by role and name, from the table of wells."""
    found = {}
    wanted = [name for _, column, _ in ROLES.values() for name in (column, f"{column}_smiles")]
    for _, record in delimited.records(path, wanted):
        if isinstance(record, delimited.Broken):
            continue
        for role, (_, column, _) in ROLES.items():
            found[role, record[column].strip()] = record[f"{column}_smiles"].strip()
    return found
