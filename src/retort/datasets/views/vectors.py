"""The view `vectors`: element vectors by atomic number, of the data set `element_vectors`."""

from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import save_file

from retort.chemistry.composition import ATOMIC_NUMBER, SYMBOLS

TABLES = ("mat2vec", "matscholar", "cgcnn")


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the prepared `rows` (`id`, an element, and one list column per table) into `folder`.

    - `vectors.safetensors`: for each table `<name>` float32 (119, F), row Z belonging to atomic number Z and row 0
      to no element, zeros where the table lacks the element; and `<name>_known` uint8 (119,), 1 where it has it.

    Raises:
        ValueError: an id that is no element, or vectors of one table that differ in length.
    """
    arrays = {}
    for name in TABLES:
        arrays[name], arrays[f"{name}_known"] = _table(rows.select("id", name).drop_nulls(), name)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(arrays, folder / "vectors.safetensors")


def _table(rows: pl.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray]:
    strange = sorted(set(rows["id"]) - set(SYMBOLS))
    if strange:
        raise ValueError(f"{name}: id {strange[0]!r} is no element. Hint: one row per element symbol.")
    lengths = rows[name].list.len().unique().sort().to_list()
    if len(lengths) != 1:
        raise ValueError(
            f"{name}: vectors of {lengths} numbers, expected one length. Hint: is a row cut short?"
        )
    numbers = [ATOMIC_NUMBER[symbol] for symbol in rows["id"]]
    table = np.zeros((len(SYMBOLS) + 1, lengths[0]), dtype=np.float32)
    known = np.zeros(len(SYMBOLS) + 1, dtype=np.uint8)
    table[numbers] = np.asarray(rows[name].to_list(), dtype=np.float32)
    known[numbers] = 1
    return table, known
