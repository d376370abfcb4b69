"""The view `descriptors`: what RDKit computes of all molecules of a data set."""

from pathlib import Path

import numpy as np
import polars as pl

from retort.chemistry.descriptors import NAMES, descriptors
from retort.datasets.views.molecules import computed


def build(rows: pl.DataFrame, folder: Path, *, workers: int | None = None) -> None:
    """Write the descriptors of the column `standard` of the N prepared `rows` into `folder`.

    - `molecules.parquet`: `id`, in the order of `rows`.
    - `descriptors.npy` float32 (N, D) in the order of `retort.chemistry.descriptors.NAMES`, unscaled: scaling belongs
      to the study, which knows what is training data.

    Args:
        rows: with `id, standard`.
        workers: processes; every core by default. The result does not depend on it.

    Raises:
        ValueError: a string that is no molecule; the message names its id.
    """
    molecules = rows.select("id", "standard")
    values = np.empty((len(molecules), len(NAMES)), np.float32)
    done = 0
    for some in computed(descriptors, np.stack, molecules, "descriptors", workers):
        values[done : done + len(some)] = some
        done += len(some)
    folder.mkdir(parents=True, exist_ok=True)
    molecules.select("id").write_parquet(folder / "molecules.parquet")
    np.save(folder / "descriptors.npy", values)
