"""Six computed properties of AFLOW by composition, joined to crystals of the Materials Project, under one split.

C. Toher, S. Curtarolo et al.: energies and gaps of AFLOW (Comput. Mater. Sci. 58, 218, 2012), elastic moduli and Debye
temperatures of its library AEL, thermal expansion of AGL (Phys. Rev. Mater. 1, 015401, 2017), as compositions in the
copy of CrabNet (A. Wang et al., npj Comput. Mater. 7, 77, 2021).

Each property has a split of its own there, and they contradict each other: of the 4,896 compositions with moduli 2,611
lie in the same part of the split of energies. A model of several properties would be tested on what it was taught, so
that one split serves all here, that of the bulk modulus.

The seed takes logarithms of four properties without their base. Ours are decadic. Its must be natural ones: its
fingerprint errs by 0.45 in log K, which is twice the median guess in log10 (0.24) and less than that in ln (0.55).
"""

from collections.abc import Iterator, Mapping
from math import isfinite, log10
from pathlib import Path

import polars as pl

from retort.chemistry.composition import FormulaError, parse
from retort.datasets import archives, crystal_pool, crystals
from retort.datasets.delimited import Broken, records
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared

# Energy in eV/atom, gap in eV, moduli in GPa, Debye temperature in K, linear expansion in 1/K at 300 K.
PROPERTIES = ("energy", "gap", "bulk", "shear", "debye", "expansion")
LOGARITHMIC = ("bulk", "shear", "debye", "expansion")
SPLIT_BY = "bulk"  # shear and debye have the same parts


def read(folder: Path, settings: Mapping) -> Prepared:
    """Compositions with all six properties and their crystal, or with `rows: auxiliary` the others without one.

    The crystal is the one of that composition (atomic fractions to four decimals) with the lowest formation energy
    among those of at most `largest_cell` sites; AFLOW does not tell its own. The four properties that span decades are
    decadic logarithms. `published_part` is the part of the bulk modulus.

    Auxiliary are compositions with energy and gap that lack another property, all of them training rows; those that
    are tested or chosen by, as the parts of the bulk modulus say, are left out.

    Rejected are unreadable formulas, values that are no numbers, or not positive where a logarithm is taken,
    compositions that one property lists twice, and complete compositions without a crystal.

    Args:
        folder: holds `<property>-<train|val|test>.csv` (`formula, target`) and the table of crystals.
        settings: `rows`, `complete` (default) or `auxiliary`; `crystals` and `largest_cell`, see
            `retort.datasets.crystal_pool`; `described`, how many of the complete rows get a description, the smallest
            cells first (default: all). The others are `undescribed`, a column by which splits leave them out.

    Raises:
        SchemaError: a file is missing or lacks a column, or an unknown setting.
    """
    wanted = settings.get("rows", "complete")
    if wanted not in ("complete", "auxiliary"):
        raise SchemaError(f"rows: {wanted!r}, expected complete or auxiliary. Hint: see the dataset's YAML.")
    rows, rejects = labels(folder)
    known = pl.all_horizontal(pl.col(*PROPERTIES).is_not_null())
    if wanted == "complete":
        return _joined(rows.filter(known), rejects, folder, settings)
    both = pl.col("energy").is_not_null() & pl.col("gap").is_not_null()
    judged = pl.col("published_part").is_in(["valid", "test"]).fill_null(False)
    rows = rows.filter(both, ~known, ~judged).with_columns(published_part=pl.lit("train"))
    return Prepared(rows.select(pl.col("formula").alias("id"), *rows.columns), rejects)


def labels(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`formula, composition`, the six properties (null where unknown) and `published_part` (null), and the rejects."""
    known: dict[str, dict] = {}
    rejects: list[dict] = []
    names: dict[str, dict[str, str]] = {}
    for quantity in (SPLIT_BY, *(name for name in PROPERTIES if name != SPLIT_BY)):
        for file, row, formula, value, part in _rows(folder, quantity, rejects):
            try:
                named = names.get(formula) or names.setdefault(formula, crystals.names(parse(formula)))
            except FormulaError as error:
                rejects.append({"file": file, "row": row, "value": formula, "reason": str(error)})
                continue
            record = known.setdefault(named["composition"], dict(named))
            if quantity in record:
                reason = f"the composition {named['composition']} occurred before"
                rejects.append({"file": file, "row": row, "value": formula, "reason": reason})
                continue
            record[quantity] = value
            if quantity == SPLIT_BY:
                record["published_part"] = part
    strings = dict.fromkeys(("formula", "composition"), pl.String)
    schema = strings | dict.fromkeys(PROPERTIES, pl.Float64) | {"published_part": pl.String}
    return pl.DataFrame(list(known.values()), schema=schema), pl.DataFrame(rejects, schema=REJECT_SCHEMA)


def _rows(folder: Path, quantity: str, rejects: list[dict]) -> Iterator[tuple[str, int, str, float, str]]:
    """File, row, formula, value and part of each usable row of a property; the others are added to `rejects`."""
    for name, part in archives.PARTS.items():
        file = f"{quantity}-{name}.csv"
        for row, cells in records(folder / file, ("formula", "target")):
            if isinstance(cells, Broken):
                rejects.append({"file": file, "row": row, "value": cells.value, "reason": cells.reason})
                continue
            value, reason = _value(cells["target"], logarithm=quantity in LOGARITHMIC)
            if value is None:
                rejects.append({"file": file, "row": row, "value": cells["formula"], "reason": reason})
            else:
                yield file, row, cells["formula"], value, part


def _value(text: str, *, logarithm: bool) -> tuple[float | None, str]:
    """A number, or None and what is wrong with its text."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        return None, f"target is {text!r}, expected a number"
    if logarithm and value <= 0:
        return None, f"target is {text}, expected a positive number: its logarithm is taken"
    return (log10(value) if logarithm else value), ""


def _joined(rows: pl.DataFrame, rejects: pl.DataFrame, folder: Path, settings: Mapping) -> Prepared:
    """Complete compositions with their crystal; those without one are rejected."""
    pool = crystal_pool.read(folder, settings)
    name = settings.get("crystals", "mp36k.csv.xz")
    chosen = crystal_pool.lowest(pool.rows).join(rows.drop("formula"), on="composition", how="semi")
    chosen, unreadable = crystal_pool.structures(chosen, name)
    joined = rows.drop("formula").join(chosen, on="composition", how="inner", maintain_order="left")
    lacking = rows.join(chosen, on="composition", how="anti", maintain_order="left").select(
        pl.lit(name).alias("file"),
        pl.lit(None, pl.Int64).alias("row"),
        pl.col("formula").alias("value"),
        pl.lit("all six properties are known, but no crystal of this composition is small enough").alias(
            "reason"
        ),
    )
    first = smallest(joined, settings)["id"]
    joined = joined.with_columns(undescribed=~pl.col("id").is_in(first.implode()))
    columns = (*crystals.SCHEMA, *PROPERTIES, "published_part", "undescribed")
    return Prepared(joined.select(columns), pl.concat([rejects, pool.rejects, unreadable, lacking]))


def smallest(rows: pl.DataFrame, settings: Mapping) -> pl.DataFrame:
    """The first `described` of the rows with all six properties, small cells first; all of them by default."""
    return rows.sort("sites", "composition").head(settings.get("described", len(rows)))
