"""The shape of every table of reactions with a yield, and how a reader fills it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from retort.chemistry.components import component
from retort.chemistry.molecules import MoleculeError
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared, Schema

# What a component does, by the name that stands in `roles`; models may number them, so that new ones go to the end.
ROLES = (
    *("halide", "amine", "nucleophile", "electrophile", "acid", "catalyst", "ligand", "base", "additive", "solvent"),
    *("activator", "reagent", "reductant"),
)  # fmt: skip
SCHEMA: Schema = {
    "id": pl.String,
    "yield": pl.Float64,
    "reactants": pl.List(pl.String),
    "roles": pl.List(pl.String),
    "products": pl.List(pl.String),
    "reaction": pl.String,
    "substrates": pl.String,
    "repeated": pl.Boolean,
}


@dataclass(frozen=True)
class Record:
    """One reaction as a file has it.

    Attributes:
        file, row: where it stands; `row` counts from 0 below the head.
        percent: its yield, as measured.
        components: what goes in, as (role, SMILES) in the order of the reaction; an empty SMILES is left out.
        products: SMILES.
        substrates: places in `components` of the pair that novelty is about.
        columns: what else the table has of it.
    """

    file: str
    row: int
    percent: float
    components: Sequence[tuple[str, str]]
    products: Sequence[str]
    substrates: Sequence[int] = (0, 1)
    columns: Mapping[str, str | bool | int | float | None] = field(default_factory=dict)


Reject = tuple[str, int, str, str]


def reject(file: str, row: int, error: ValueError) -> Reject:
    """What the paper tells of a row that could not be used.

    Args:
        error: of a string that is no molecule, or one whose arguments are the reason and the value.
    """
    if isinstance(error, MoleculeError):
        return file, row, str(error).split(" is no molecule")[0], str(error)
    reason, value = error.args
    return file, row, value, reason


def table(
    prefix: str,
    records: Iterable[Record],
    columns: Schema,
    rejects: Iterable[Reject] = (),
) -> Prepared:
    """The prepared table of some reactions, in their order.

    Args:
        prefix: of the ids, which count the records: `bh-0017`.
        records: reactions; one with a string that is no molecule is rejected.
        columns: types of the columns of `records`, none with a name of `SCHEMA`.
        rejects: what the reader itself could not use: `file, row, value, reason`.

    Returns:
        Rows with `SCHEMA` and `columns`: components as canonical SMILES, `reaction` as `a.b.c>>p`, `repeated` where an
        earlier row has the same components and products, in whatever order, as when a well was measured twice.

    Raises:
        SchemaError: a column has a name of the table's own, or a role is unknown.
    """
    if taken := sorted(set(columns) & set(SCHEMA)):
        raise SchemaError(f"column {taken[0]!r} is one of the table's own. Hint: call it something else.")
    rows, refused = [], list(rejects)
    for number, record in enumerate(records):
        try:
            rows.append({"id": f"{prefix}-{number:04d}", **_row(record), **record.columns})
        except MoleculeError as error:
            refused.append(reject(record.file, record.row, error))
    frame = pl.DataFrame(rows, schema=dict(SCHEMA) | dict(columns))
    same = pl.concat_str(
        pl.col("reactants").list.sort().list.join("."), pl.col("products").list.sort().list.join("."), separator=">>"
    )  # fmt: skip
    frame = frame.with_columns(repeated=~same.is_first_distinct())
    return Prepared(frame, pl.DataFrame(refused, schema=REJECT_SCHEMA, orient="row"))


def _row(record: Record) -> dict:
    if unknown := sorted({role for role, _ in record.components} - set(ROLES)):
        raise SchemaError(
            f"{record.file}, row {record.row}: role {unknown[0]!r} is none of {', '.join(ROLES)}. "
            "Hint: take one of these, or add it to retort.datasets.reaction_yields.ROLES."
        )
    pair = [component(record.components[place][1]) for place in record.substrates]
    components = [(role, component(smiles)) for role, smiles in record.components if smiles]
    reactants = [smiles for _, smiles in components]
    products = [component(smiles) for smiles in record.products]
    return {
        "yield": record.percent,
        "reactants": reactants,
        "roles": [role for role, _ in components],
        "products": products,
        "reaction": f"{'.'.join(reactants)}>>{'.'.join(products)}",
        "substrates": ".".join(pair),
        "repeated": False,
    }
