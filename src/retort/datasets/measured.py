"""Measured thermoelectrics of four collections by composition: best zT, and the year of the first report.

ESTM (G. S. Na and H. Chang, npj Comput. Mater. 8, 214, 2022), UCSB (M. W. Gaultois et al., Chem. Mater. 25, 2911,
2013), sysTEm (L. Tang et al., ChemRxiv 2025, the one that tells years) and Starrydata (Y. Katsura et al., Sci. Technol.
Adv. Mater. 20, 511, 2019). Computed power factors and the mention of "thermoelectric" in abstracts are those of
mat2vec (V. Tshitoyan et al., Nature 571, 95, 2019).
"""

import json
import lzma
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from retort.chemistry.composition import ATOMIC_NUMBER, FormulaError, key, parse
from retort.datasets import archives
from retort.datasets.delimited import Broken, records
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA
from retort.datasets.workbooks import sheets

FILES = {
    "estm": "estm.xlsx",
    "ucsb": "ucsb_thermoelectrics.csv",
    "system": "sysTEm_dataset.xlsx",
    "starrydata": "starrydata_20190711_interpolated.csv.xz",
}
MENTIONED = "mat2vec_TE_data.json.xz"
SHEET = "Sheet1"
SCHEMA = {"composition": pl.String, "formula": pl.String, "zt": pl.Float64, "first_year": pl.Int64}


class Row(NamedTuple):
    """One measurement as a file has it."""

    file: str
    row: int
    formula: str
    zt: object
    year: object = None


def measured(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`composition, formula, zt, first_year` of each distinct composition, and the rejects.

    `formula` is the first that has this composition, `zt` the highest measured (null where only other properties are),
    `first_year` that of sysTEm, null elsewhere. Rejected are rows whose formula cannot be read.

    Raises:
        SchemaError: a file is missing or lacks a column.
    """
    found: dict[str, dict] = {}
    rejects = []
    read: dict[str, str | FormulaError] = {}
    for file, row, formula, zt, year in _rows(folder):
        if formula not in read:
            try:
                read[formula] = key(parse(formula.replace(" ", "")))
            except FormulaError as error:
                read[formula] = error
        composition = read[formula]
        if isinstance(composition, FormulaError):
            rejects.append({"file": file, "row": row, "value": formula, "reason": str(composition)})
            continue
        known = found.setdefault(
            composition, {"composition": composition, "formula": formula, "zt": None, "first_year": None}
        )
        known["zt"] = max((value for value in (known["zt"], _number(zt)) if value is not None), default=None)
        years = [value for value in (known["first_year"], _number(year)) if value is not None]
        known["first_year"] = int(min(years)) if years else None
    return pl.DataFrame(list(found.values()), schema=SCHEMA), pl.DataFrame(rejects, schema=REJECT_SCHEMA)


def _rows(folder: Path) -> Iterator[Row]:
    """Every row of the four files; one that does not fit its table's head has an empty formula."""
    estm = sheets(folder / FILES["estm"], [SHEET], ["Formula", "ZT"])[SHEET]
    yield from (
        Row(FILES["estm"], row, formula or "", zt) for row, (formula, zt) in enumerate(estm.iter_rows())
    )
    for row, cells in records(folder / FILES["ucsb"], ("composition", "zT")):
        if isinstance(cells, Broken):
            yield Row(FILES["ucsb"], row, "", None)
        else:
            yield Row(FILES["ucsb"], row, cells["composition"], cells["zT"])
    system = sheets(folder / FILES["system"], [SHEET], ["Pymatgen Composition", "zT", "Year"])[SHEET]
    for row, (formula, zt, year) in enumerate(system.iter_rows()):
        yield Row(FILES["system"], row, formula or "", zt, year)
    starry = archives.read_table(folder / FILES["starrydata"], ("composition", "ZT"))
    for row, (formula, zt) in enumerate(starry.iter_rows()):
        yield Row(FILES["starrydata"], row, formula or "", zt)


def _number(value: object) -> float | None:
    """A finite number, or None for whatever else stands in a cell."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def mentioned(folder: Path) -> pl.DataFrame:
    """mat2vec's list: `composition`, `power_factor` (computed, null where it is not) and `mentioned`.

    The power factor is the mean of the published three, in µW/cmK²; `mentioned` says whether an abstract called the
    material a thermoelectric. Formulas that cannot be read are left out.

    Raises:
        SchemaError: the file is missing, damaged or of another shape.
    """
    path = folder / MENTIONED
    try:
        with lzma.open(path) as stream:
            table = json.loads(archives.unpacked(stream, path))
        rows = {formula: (bool(flag), factors) for formula, (_, flag, factors) in table.items()}
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except (lzma.LZMAError, EOFError, ValueError, TypeError, AttributeError) as error:
        raise SchemaError(f"{path} is no table of mat2vec: {error}. {archives.REFETCH}") from None
    found: dict[str, dict] = {}
    for formula, (flag, factors) in rows.items():
        try:
            composition = key(parse(formula))
        except FormulaError:
            continue
        factor = float(np.mean(factors)) if factors else None
        found.setdefault(composition, {"composition": composition, "power_factor": factor, "mentioned": flag})
    schema = {"composition": pl.String, "power_factor": pl.Float64, "mentioned": pl.Boolean}
    return pl.DataFrame(list(found.values()), schema=schema)


def nearest(formulas: Iterable[str], pool: Iterable[str], block: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """For each formula the place of the most similar one of the pool, the first of equals, and their cosine.

    The cosine of two vectors of stoichiometry is that of M. Qu et al. (2024): 1 for one composition, 0 without a common
    element.
    """
    ours, theirs = _vectors(pool), _vectors(formulas)
    places, cosines = [np.zeros(0, int)], [np.zeros(0)]
    for start in range(0, len(theirs), block):
        similar = theirs[start : start + block] @ ours.T  # (block, pool)
        places.append(similar.argmax(axis=1))
        cosines.append(similar.max(axis=1))
    return np.concatenate(places), np.concatenate(cosines)


def _vectors(formulas: Iterable[str]) -> np.ndarray:
    """Amounts of all elements as vectors of length one, float32 (formulas, 118)."""
    formulas = list(formulas)
    vectors = np.zeros((len(formulas), len(ATOMIC_NUMBER)), np.float32)
    for row, formula in enumerate(formulas):
        for symbol, amount in parse(formula.replace(" ", "")).items():
            vectors[row, ATOMIC_NUMBER[symbol] - 1] = amount
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
