"""What a run reads: labels, parts and fractions, row by row."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from safetensors.numpy import load_file

from retort.runs import RunInputs
from retort.sealed import read_table


@dataclass(frozen=True)
class Alloys:
    """Rows that lie in some part: `ids` (n), their `part` (n), `fractions` (n, 103), `labels` (n)."""

    ids: pl.Series
    part: np.ndarray
    fractions: np.ndarray
    labels: np.ndarray


def read(inputs: RunInputs, target: str) -> Alloys:
    """The rows of a run's split; `target` is the column that is predicted."""
    # A view keeps the order of the prepared table.
    rows = read_table(inputs.prepared).with_row_index("row")
    rows = rows.join(read_table(inputs.split), on="id", maintain_order="left")
    arrays = load_file(inputs.features["toy_fractions"] / "arrays.safetensors")
    fractions = arrays["fractions"][rows["row"].to_numpy()].astype(np.float64)
    return Alloys(rows["id"], rows["part"].to_numpy(), fractions, rows[target].to_numpy())
