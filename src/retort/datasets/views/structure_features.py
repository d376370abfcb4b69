"""The view `structure_features`: cheap numbers of each crystal's geometry."""

from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import save_file
from tqdm import tqdm

from retort.chemistry.crystal import Crystal
from retort.chemistry.structure_features import NAMES, features
from retort.datasets.views.composition import ARRAYS


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the N prepared `rows` that have a structure into `folder`.

    - `ids.parquet`: `id`, in the order of `rows`.
    - `arrays.safetensors`: `structure` float32 (N, 82) in the order of `retort.chemistry.structure_features.NAMES`,
      unscaled: scaling belongs to the study, which knows what is training data.

    Args:
        rows: with `id, lattice, numbers, positions`.

    Raises:
        ValueError: a structure that has no neighbour list; the message names its id.
    """
    crystals = rows.filter(pl.col("positions").is_not_null()).select("id", "lattice", "numbers", "positions")
    values = np.empty((len(crystals), len(NAMES)), np.float32)
    progress = tqdm(crystals.iter_rows(), total=len(crystals), unit="crystal", desc="structure", disable=None)
    for row, (name, lattice, numbers, positions) in enumerate(progress):
        crystal = Crystal(np.reshape(lattice, (3, 3)), np.array(numbers), np.reshape(positions, (-1, 3)))
        try:
            values[row] = features(crystal)
        except ValueError as error:
            raise ValueError(f"crystal {name!r}: {error}") from error
    folder.mkdir(parents=True, exist_ok=True)
    crystals.select("id").write_parquet(folder / "ids.parquet")
    save_file({"structure": values}, folder / ARRAYS)
