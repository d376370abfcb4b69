"""Sheets of an Excel workbook, checked."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import fastexcel
import polars as pl

from retort.datasets.archives import REFETCH
from retort.datasets.errors import SchemaError


def sheets(path: Path, names: Iterable[str], columns: Sequence[str]) -> dict[str, pl.DataFrame]:
    """The named sheets of a workbook with the named columns, by sheet.

    Raises:
        SchemaError: the workbook, a sheet or a column is missing, or it is no workbook.
    """
    if not path.is_file():
        raise SchemaError(f"{path} does not exist. Hint: run the download rule of this data set first.")
    names = list(names)
    try:
        found = pl.read_excel(path, sheet_name=names, infer_schema_length=None)
    except (ValueError, OSError, fastexcel.FastExcelError, pl.exceptions.PolarsError) as error:
        raise SchemaError(
            f"{path} is no workbook with the sheets {', '.join(names)}: {error}. {REFETCH}"
        ) from error
    for name, sheet in found.items():
        if missing := [column for column in columns if column not in sheet.columns]:
            raise SchemaError(
                f"{path}: sheet {name!r} has no column {missing[0]!r}; it has {', '.join(sheet.columns)}. {REFETCH}"
            )
    return {name: sheet.select(columns) for name, sheet in found.items()}
