"""Measured thermoelectrics with their temperatures: 5,205 rows of 869 compositions from 197 papers.

ESTM, G. S. Na and H. Chang, npj Comput. Mater. 8, 214 (2022).
"""

from collections.abc import Iterator, Mapping
from math import isfinite, log10
from pathlib import Path

import polars as pl

from retort.chemistry.composition import FormulaError, key, parse
from retort.datasets.crystals import STRUCTURE
from retort.datasets.measured import FILES, SHEET
from retort.datasets.prepared import REJECT_SCHEMA, Prepared, Schema
from retort.datasets.workbooks import sheets

FILE = FILES["estm"]
TEMPERATURE = "temperature(K)"
# What is measured, by the name of its column there. Those that span decades are decadic logarithms here.
MEASURED = {
    "zt": "ZT",
    "seebeck": "seebeck_coefficient(μV/K)",
    "conductivity": "electrical_conductivity(S/m)",
    "thermal": "thermal_conductivity(W/mK)",
    "power": "power_factor(W/mK2)",
}
LOGARITHMIC = ("conductivity", "thermal", "power")
COLUMNS = ("Formula", TEMPERATURE, *MEASURED.values(), "reference")
SCHEMA: Schema = {
    "id": pl.String,  # estm- and the row of the sheet, from 0
    "composition": pl.String,  # atomic fractions to four decimals
    "formula": pl.String,  # as it was reported
    **STRUCTURE,  # null: doped formulas have no crystal
    "temperature": pl.Float64,  # K
    "reference": pl.String,  # the paper, as a DOI
    "family": pl.String,  # the first paper of those that are linked by common compositions
    **dict.fromkeys(MEASURED, pl.Float64),  # 1, µV/K, log10 S/m, log10 W/(m K), log10 W/(m K²)
}


def read(folder: Path, settings: Mapping) -> Prepared:
    """Every measurement of a formula at a temperature, with all five properties; no structure is known.

    Doped variants of one host come from one paper, which is the least that may lie on one side of a split. Some
    papers repeat a composition of others: those linked so are one `family`, so that splits by it part neither.

    Rejected are rows whose formula cannot be read, without a paper, or with a value that is no number, or not positive
    where it must be.

    Args:
        folder: holds the workbook `estm.xlsx`.
        settings: none.

    Raises:
        SchemaError: the workbook is missing, damaged, or lacks a column.
    """
    rejects: list[dict] = []
    rows = pl.DataFrame(
        list(_rows(folder, rejects)), schema={n: t for n, t in SCHEMA.items() if n != "family"}
    )
    first = families(rows["reference"].to_list(), rows["composition"].to_list())
    found = rows.with_columns(family=pl.Series(first, dtype=pl.String)).select(list(SCHEMA))
    return Prepared(found, pl.DataFrame(rejects, schema=REJECT_SCHEMA))


def _rows(folder: Path, rejects: list[dict]) -> Iterator[dict]:
    """Each usable row of the sheet; the others are added to `rejects`."""
    table = sheets(folder / FILE, [SHEET], COLUMNS)[SHEET]
    nothing = dict.fromkeys(STRUCTURE)
    for row, (formula, temperature, *cells, paper) in enumerate(table.iter_rows()):
        try:
            composition = key(parse(str(formula or "").replace(" ", "")))
            kelvin = _number(TEMPERATURE, temperature, positive=True)
            values = {
                name: _number(column, cell, positive=name in LOGARITHMIC)
                for (name, column), cell in zip(MEASURED.items(), cells, strict=True)
            }
            if not paper:
                raise ValueError("reference is empty, expected a paper")
        except (FormulaError, ValueError) as error:
            rejects.append({"file": FILE, "row": row, "value": str(formula or ""), "reason": str(error)})
            continue
        values |= {name: log10(values[name]) for name in LOGARITHMIC}
        named = {"id": f"estm-{row}", "composition": composition, "formula": formula, "reference": doi(paper)}
        yield named | nothing | {"temperature": kelvin} | values


def _number(column: str, cell: object, *, positive: bool) -> float:
    """A finite number.

    Raises:
        ValueError: it is none, or not positive where it must be.
    """
    try:
        value = float(str(cell))
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ValueError(f"{column} is {cell!r}, expected a number")
    if positive and value <= 0:
        raise ValueError(f"{column} is {value:g}, expected a positive number")
    return value


def doi(text: str) -> str:
    """A DOI in lower case, without the address that some rows have before it."""
    name = text.strip().lower()
    for before in ("https://", "http://", "dx.", "doi.org/", "doi:"):
        name = name.removeprefix(before)
    return name


def families(papers: list[str], compositions: list[str]) -> list[str]:
    """The family of each row: the first by name of all papers that are linked to its own by common compositions."""
    parent: dict[str, str] = {}

    def root(paper: str) -> str:
        while parent.setdefault(paper, paper) != paper:
            paper = parent[paper]
        return paper

    first: dict[str, str] = {}
    for paper, composition in zip(papers, compositions, strict=True):
        one, other = sorted((root(paper), root(first.setdefault(composition, paper))))
        parent[other] = one
    return [root(paper) for paper in papers]
