"""The view `quoted_yields`: yields that others measured and predicted, of reactions without structures."""

from pathlib import Path

import polars as pl

TABLE = "yields.parquet"


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write `yields.parquet` of the prepared `rows` into `folder`: `scale`, `measured` and `predicted` in percent."""
    folder.mkdir(parents=True, exist_ok=True)
    table = rows.select("scale", pl.col("yield").alias("measured"), "predicted")
    table.write_parquet(folder / TABLE)
