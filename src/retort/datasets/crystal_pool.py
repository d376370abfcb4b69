"""Small cells of the Materials Project, whatever split they are in: what the data sets of discovery choose from.

The table is that of `retort.datasets.materials_project`. Compositions are read from the formula that each CIF
announces, and only the chosen crystals are read whole, so that choosing some thousands of them takes seconds.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl

from retort.chemistry.composition import ATOMIC_NUMBER
from retort.chemistry.crystal import CrystalError, read_cif
from retort.datasets import archives, crystals
from retort.datasets.errors import SchemaError
from retort.datasets.materials_project import LOWEST_ENERGY
from retort.datasets.prepared import REJECT_SCHEMA

LARGEST = 20  # sites of a cell
ENERGY = "formation_energy_per_atom"
FORMULA = r"(?m)^_chemical_formula_sum\s+'?([^'\n]+?)'?\s*$"


class Pool(NamedTuple):
    """Crystals that may be chosen, and those that nobody may choose.

    `rows`: `row` (of the file), `id, formula, composition, sites`, `formation_energy` (eV/atom) and the CIF as `cif`,
    in the order of the file. `rejects`: as in every prepared table.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame


def read(folder: Path, settings: Mapping) -> Pool:
    """All crystals of at most `largest_cell` sites.

    Rejected are those without an id or with that of an earlier row, with a formation energy that is no number or
    impossible (below -4.75 eV/atom), and those whose CIF announces no formula.

    Args:
        folder: holds the table.
        settings: `crystals`, its name; `largest_cell`, 20 by default.

    Raises:
        SchemaError: the table is missing or damaged, or `largest_cell` is no positive whole number.
    """
    largest = settings.get("largest_cell", LARGEST)
    if isinstance(largest, bool) or not isinstance(largest, int) or largest < 1:
        raise SchemaError(
            f"largest_cell is {largest!r}, expected a whole number >= 1. Hint: see the dataset's YAML."
        )
    name = settings.get("crystals", "mp36k.csv.xz")
    raw = archives.read_table(folder / name, ("material_id", ENERGY, "cif")).with_row_index("row")
    raw = raw.with_columns(
        row=pl.col("row").cast(pl.Int64),
        formation_energy=pl.col(ENERGY).cast(pl.Float64, strict=False),
        announced=pl.col("cif").str.extract(FORMULA),
    )
    raw = raw.join(_named(raw["announced"]), on="announced", how="left", maintain_order="left")
    bad = raw.with_columns(reason=_problem()).filter(pl.col("reason").is_not_null())
    rejects = bad.select(pl.lit(name).alias("file"), "row", pl.col("material_id").alias("value"), "reason")
    good = raw.filter(~pl.col("row").is_in(bad["row"].implode()), pl.col("sites") <= largest)
    columns = ("row", "id", "formula", "composition", "sites", "formation_energy", "cif")
    return Pool(good.rename({"material_id": "id"}).select(columns), rejects.match_to_schema(REJECT_SCHEMA))


def lowest(rows: pl.DataFrame) -> pl.DataFrame:
    """The crystal of each composition with the lowest formation energy (the first of equals), in the order given."""
    best = rows.sort("formation_energy", maintain_order=True).unique("composition", keep="first")
    return rows.filter(pl.col("id").is_in(best["id"].implode()))


def structures(rows: pl.DataFrame, name: str) -> Pool:
    """Rows of a pool with `lattice, numbers, positions` in the place of `cif`; rejected are unreadable ones.

    Args:
        rows: chosen from `Pool.rows`, perhaps with more columns, which stay.
        name: of the table that they are from.
    """
    read, rejects = [], []
    for row, identifier, cif in rows.select("row", "id", "cif").iter_rows():
        try:
            read.append({"id": identifier, **read_cif(cif).columns()})
        except CrystalError as error:
            reason = f"the CIF cannot be read: {error}"
            rejects.append({"file": name, "row": row, "value": identifier, "reason": reason})
    table = pl.DataFrame(read, schema={"id": pl.String, **crystals.STRUCTURE})
    whole = rows.drop("cif").join(table, on="id", how="inner", maintain_order="left")
    return Pool(whole, pl.DataFrame(rejects, schema=REJECT_SCHEMA))


def _named(announced: pl.Series) -> pl.DataFrame:
    """`announced, formula, composition, sites` of each distinct formula of a cell that can be read."""
    named = []
    for text in announced.drop_nulls().unique(maintain_order=True):
        amounts = _amounts(text)
        if amounts:
            named.append({"announced": text, **crystals.names(amounts), "sites": sum(amounts.values())})
    schema = {"announced": pl.String, "formula": pl.String, "composition": pl.String, "sites": pl.Int64}
    return pl.DataFrame(named, schema=schema)


def _amounts(text: str) -> dict[str, int]:
    """Atoms in the cell by atomic number, from `Na4 Cl4`; empty where the text is something else."""
    amounts = {}
    for part in text.split():
        symbol = part.rstrip("0123456789")
        count = part[len(symbol) :]
        if symbol not in ATOMIC_NUMBER or not count:
            return {}
        amounts[symbol] = int(count)
    return dict(sorted(amounts.items(), key=lambda item: ATOMIC_NUMBER[item[0]]))


def _problem() -> pl.Expr:
    """What forbids the use of a row, or null."""
    energy = pl.col("formation_energy")
    impossible = pl.format(
        "formation energy {} eV/atom is impossible (below {})", energy, pl.lit(LOWEST_ENERGY)
    )
    return (
        pl.when(pl.col("material_id").fill_null("") == "")
        .then(pl.lit("no material_id"))
        .when(~pl.col("material_id").is_first_distinct())
        .then(pl.lit("the id occurred before"))
        .when(~energy.is_finite().fill_null(False))
        .then(pl.format(f"{ENERGY} is {{}}, expected a number", pl.col(ENERGY).fill_null("empty")))
        .when(energy < LOWEST_ENERGY)
        .then(impossible)
        .when(pl.col("sites").is_null())
        .then(pl.lit("the CIF announces no formula that can be read"))
    )
