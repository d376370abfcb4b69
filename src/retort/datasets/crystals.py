"""What readers of crystal data sets share: the columns of the prepared table."""

from collections.abc import Iterable, Mapping

import polars as pl

from retort.chemistry.composition import key, parse
from retort.chemistry.naming import pretty_amounts
from retort.datasets.prepared import Schema

STRUCTURE: Schema = {
    "lattice": pl.List(pl.Float64),  # 9 numbers: cell vectors as rows, Å; null where there is no structure
    "numbers": pl.List(pl.Int64),  # atomic number of each site; null
    "positions": pl.List(pl.Float64),  # 3 * sites fractional coordinates; null
}
SCHEMA: Schema = {
    "id": pl.String,
    "formula": pl.String,  # reduced, as a chemist writes it
    "composition": pl.String,  # atomic fractions to four decimals
    "sites": pl.Int64,  # atoms in the cell
    **STRUCTURE,
}


def names(amounts: Mapping[str, float]) -> dict[str, str]:
    """The columns `formula` and `composition` of whole amounts of atoms."""
    formula = pretty_amounts(amounts)
    return {"formula": formula, "composition": key(parse(formula))}


def table(records: Iterable[Mapping], properties: Iterable[str], *, published: bool) -> pl.DataFrame:
    """The prepared table of `records`: the columns of `SCHEMA`, the properties, and perhaps `published_part`."""
    schema = {**SCHEMA, **dict.fromkeys(properties, pl.Float64)}
    if published:
        schema |= {"published_part": pl.String}
    return pl.DataFrame(list(records), schema=schema)
