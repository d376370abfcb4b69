"""The view `described`: which rows get a description. It tells so without making one, which takes seconds each."""

from pathlib import Path

import polars as pl


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write `ids.parquet`: the `id` of each prepared row that has a structure, which are those of `descriptions`.

    Args:
        rows: with `id, positions`.
        folder: filled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows.filter(pl.col("positions").is_not_null()).select("id").write_parquet(folder / "ids.parquet")
