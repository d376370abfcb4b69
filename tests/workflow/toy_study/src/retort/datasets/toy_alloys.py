"""Alloys that the project makes up: formulas and a hardness that follows from them, with noise."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from retort.chemistry.composition import FormulaError, key, parse
from retort.datasets.errors import DataError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared
from retort.datasets.reactions import read_table
from retort.files import whole

FILE = "alloys.csv"
COLUMNS = ("formula", "hardness")
# GPa: the order of magnitude of the pure metals, not their measured values.
METALS = {
    "Al": 0.2,
    "Ti": 0.9,
    "V": 0.6,
    "Cr": 1.1,
    "Fe": 0.6,
    "Co": 1.0,
    "Ni": 0.7,
    "Cu": 0.4,
    "Nb": 1.3,
    "Mo": 1.5,
}
MIXING = 0.5  # GPa: how much harder a mixture is than its metals are on average


def generate(folder: Path, settings: Mapping, seed: int) -> None:
    """Write `alloys.csv` (formula, hardness in GPa) into `folder`, the same to the byte for the same settings and seed.

    The hardness of an alloy is the mean over its metals plus `MIXING` times the product of their fractions, pair by
    pair. Where `scale` is not 1 the pure metals' share is scaled: another hardness, with the same trend.

    Args:
        settings: `rows`, `scale`, and `noise`, the standard deviation of what is added, in GPa.
        seed: draws formulas and noise.

    Raises:
        DataError: no rows are asked for.
    """
    if settings["rows"] < 1:
        raise DataError(
            f"generator setting rows is {settings['rows']}, expected at least 1. Hint: see the YAML."
        )
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(settings["rows"]):
        metals = draw.choice(list(METALS), size=int(draw.integers(2, 5)), replace=False)
        percent = np.maximum(1, np.round(100 * draw.dirichlet(np.ones(len(metals))))).astype(int)
        fractions = percent / percent.sum()
        pure = settings["scale"] * float(fractions @ [METALS[metal] for metal in metals])
        pairs = (1 - float(fractions @ fractions)) / 2
        hardness = pure + MIXING * pairs + settings["noise"] * draw.standard_normal()
        rows.append(
            (
                "".join(f"{metal}{count}" for metal, count in zip(metals, percent, strict=True)),
                f"{hardness:.4f}",
            )
        )
    with whole(folder / FILE) as part, part.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *rows])


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read what `generate` wrote; rejected are formulas that cannot be read and values that are no finite number.

    Args:
        folder: holds `alloys.csv`.
        settings: `prefix` of the ids.

    Returns:
        Rows of `id, formula, composition` (atomic fractions to four decimals) and `hardness` (GPa).

    Raises:
        SchemaError: the file is missing, empty, or lacks a column.
    """
    rows, rejects = [], []
    for number, record in enumerate(read_table(folder / FILE, COLUMNS).iter_rows(named=True)):
        try:
            composition = key(parse(record["formula"] or ""))
            hardness = float(record["hardness"] or "nan")
            if not np.isfinite(hardness):
                raise ValueError("the hardness is no finite number")
        except (FormulaError, ValueError) as error:
            rejects.append({"file": FILE, "row": number, "value": record["formula"], "reason": str(error)})
            continue
        identifier = f"{settings['prefix']}-{number:04d}"
        rows.append((identifier, record["formula"], composition, hardness))
    table = pl.DataFrame(rows, schema=["id", "formula", "composition", "hardness"], orient="row")
    return Prepared(table, pl.DataFrame(rejects, schema=REJECT_SCHEMA))
