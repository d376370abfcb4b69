"""Yields of patents, measured and predicted: the test rows of Probst et al. (2022), gram scale and below.

The files have no structures; they show what yields of patents look like, and what a fingerprint predicts of them.
"""

from pathlib import Path

import polars as pl

from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared

FILES = {"gram": "uspto_above_above.csv", "sub-gram": "uspto_below_below.csv"}
FIELDS = ("set", "split", "part", "yield", "predicted")  # of the files, which have no head


def read(folder: Path, settings: dict) -> Prepared:
    """One row per reaction: `id, scale` (gram or sub-gram), `yield` and `predicted`, in percent.

    Args:
        folder: holds both files.
        settings: none.

    Raises:
        SchemaError: a file is missing, or is no table of five columns.
    """
    kept, rejected = [], []
    for scale, file in FILES.items():
        path = folder / file
        if not path.is_file():
            raise SchemaError(f"{path} does not exist. Hint: run the download rule of this data set first.")
        rows = pl.read_csv(path, has_header=False, infer_schema=False)
        if rows.width != len(FIELDS):
            raise SchemaError(
                f"{path} has {rows.width} columns, expected {len(FIELDS)}: {', '.join(FIELDS)}. "
                "Hint: run the download rule of this data set again."
            )
        rows = rows.rename(dict(zip(rows.columns, FIELDS, strict=True))).with_row_index("row")
        numbers = {name: pl.col(name).cast(pl.Float64, strict=False) for name in FIELDS[3:]}
        good = pl.all_horizontal(each.is_finite().fill_null(False) for each in numbers.values())
        kept.append(
            rows.filter(good).select(
                id=pl.format("uspto-{}-{}", pl.lit(scale), pl.col("row").cast(pl.String).str.zfill(5)),
                scale=pl.lit(scale),
                **numbers,
            )
        )
        rejected.append(
            rows.filter(~good).select(
                file=pl.lit(file),
                row=pl.col("row").cast(pl.Int64),
                value=pl.concat_str(pl.col("yield", "predicted").fill_null(""), separator=","),
                reason=pl.lit("a yield is no number"),
            )
        )
    return Prepared(pl.concat(kept), pl.concat(rejected))
