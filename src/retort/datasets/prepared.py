"""The one shape that every reader returns: a tidy table with a unique id, and the rows that could not be used."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from retort.datasets.errors import SchemaError
from retort.sealed import write_table

# Types of a table by column, as polars takes them: a class, or an instance where the type has a parameter.
Schema = Mapping[str, pl.DataType | type[pl.DataType]]
REJECT_SCHEMA: Schema = {"file": pl.String, "row": pl.Int64, "value": pl.String, "reason": pl.String}


@dataclass(frozen=True)
class Prepared:
    """A data set ready to use.

    Attributes:
        rows: one line per record; `id` (String) is unique and never null.
        rejects: `file, row, value, reason` of every record left out; `row` counts records of `file` from 0.

    Raises:
        SchemaError: no rows, a missing, null or repeated id, or rejects of another shape.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame

    def __post_init__(self) -> None:
        check_schema(self.rejects, REJECT_SCHEMA, "the rejects table", exact=True)
        check_schema(self.rows, {"id": pl.String}, "the prepared table")
        if self.rows.is_empty():
            first = f"; the first: {self.rejects.row(0, named=True)}" if len(self.rejects) else ""
            raise SchemaError(
                f"the prepared table has no rows, {len(self.rejects)} were rejected{first}. "
                "Hint: is this the file that the reader expects?"
            )
        if self.rows["id"].has_nulls():
            raise SchemaError("the prepared table has a null id. Hint: number the rows of the source file.")
        repeated = self.rows.filter(pl.col("id").is_duplicated())["id"]
        if len(repeated):
            raise SchemaError(
                f"id {repeated[0]!r} occurs more than once ({len(repeated)} such rows). "
                "Hint: an id names one record; number the rows of the source file."
            )

    def write(self, path: Path) -> None:
        """Write `rows` to `path` and `rejects` beside it as `<stem>.rejects.parquet`, each moved into place whole."""
        for frame, file in ((self.rejects, path.with_suffix(".rejects.parquet")), (self.rows, path)):
            write_table(frame, file)


def no_rejects() -> pl.DataFrame:
    """An empty rejects table."""
    return pl.DataFrame(schema=REJECT_SCHEMA)


def check_schema(frame: pl.DataFrame, schema: Schema, name: str, *, exact: bool = False) -> None:
    """Demand the columns of `schema` with their types; with `exact`, no others and in this order.

    Raises:
        SchemaError: naming the first column that is missing, of another type, or unexpected.
    """
    for column, dtype in schema.items():
        if column not in frame.columns:
            raise SchemaError(
                f"{name} has no column {column!r}; it has {', '.join(frame.columns) or 'none'}. "
                "Hint: compare it with the schema of its reader."
            )
        if frame.schema[column] != dtype:
            raise SchemaError(
                f"{name}: column {column!r} is {frame.schema[column]}, expected {dtype}. Hint: cast it in the reader."
            )
    if exact and list(frame.columns) != list(schema):
        raise SchemaError(
            f"{name} has columns {', '.join(frame.columns)}, expected exactly {', '.join(schema)}. "
            "Hint: select them in this order."
        )
