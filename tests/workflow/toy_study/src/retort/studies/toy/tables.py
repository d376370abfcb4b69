"""The columns of the study's own tables: what `score.details` and `illustrations.illustrate` make."""

import polars as pl

_PLACE = {"dataset": pl.String, "split": pl.String, "variant": pl.String}

# Test rows that hold an element, counted over all seeds, and the mean absolute error on them in GPa.
DETAILS: dict[str, dict[str, pl.DataType | type[pl.DataType]]] = {
    "by_element": {**_PLACE, "element": pl.String, "n": pl.Int64, "mae": pl.Float64},
}
# Test rows of the run with seed 0, in GPa.
ILLUSTRATIONS: dict[str, dict[str, pl.DataType | type[pl.DataType]]] = {
    "parity": {**_PLACE, "id": pl.String, "measured": pl.Float64, "predicted": pl.Float64},
}
