"""The view `published_descriptors`: numbers that others computed of molecules, by role, for a table that lends them."""

from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import save_file

from retort.datasets.views.reaction_molecules import ARRAYS


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the prepared `rows` (`role, name, smiles, flat, columns, values`) into `folder`.

    - `molecules.parquet`: `role, name, smiles, flat`, in the order of `rows`.
    - `columns.parquet`: `role, column`, the names of the columns of each array.
    - `arrays.safetensors`: for each role an array of its name, float32 (molecules of the role, its columns), in the
      order of `molecules.parquet` and `columns.parquet`, unscaled.

    Raises:
        ValueError: molecules of one role have different columns.
    """
    arrays, names = {}, []
    for (role,), some in rows.group_by("role", maintain_order=True):
        if some["columns"].n_unique() != 1:
            raise ValueError(
                f"molecules of the role {role!r} have different columns. Hint: one file per role."
            )
        arrays[str(role)] = np.asarray(some["values"].to_list(), np.float32)
        names += [{"role": role, "column": column} for column in some["columns"][0]]
    folder.mkdir(parents=True, exist_ok=True)
    rows.select("role", "name", "smiles", "flat").write_parquet(folder / "molecules.parquet")
    pl.DataFrame(names, schema={"role": pl.String, "column": pl.String}).write_parquet(
        folder / "columns.parquet"
    )
    save_file(arrays, folder / ARRAYS)
