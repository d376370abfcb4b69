"""The view `toy_fractions`: the atomic fractions of every row, with the same columns for every data set."""

from pathlib import Path

import polars as pl
from safetensors.numpy import save_file

from retort.chemistry.composition import SYMBOLS, fraction_matrix, parse

ARRAYS = "arrays.safetensors"
ELEMENTS = SYMBOLS[:103]


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write `arrays.safetensors` into `folder`: `fractions`, float32 (rows, 103), in the order of the prepared `rows`.

    Column i is element i + 1; every row sums to one.
    """
    amounts = [parse(formula) for formula in rows["formula"]]
    save_file({"fractions": fraction_matrix(amounts, ELEMENTS)}, folder / ARRAYS)
