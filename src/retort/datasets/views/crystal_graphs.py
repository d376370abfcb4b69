"""The view `crystal_graphs`: the nearest-neighbour graphs of all crystals of a data set, in a few flat arrays."""

from pathlib import Path

import joblib
import numpy as np
import polars as pl
from tqdm import tqdm

from retort.chemistry.neighbours import nearest_neighbours
from retort.chemistry.orbits import RESOLUTION, Quotient, every, merge

CHUNK = 200  # crystals handed to a worker at once: about a second of work
WORTH_WORKERS = 2_000  # crystals below which starting workers costs more than they save
ARRAYS = {
    "atom": ("numbers", "atoms"),
    "bond": ("source", "target", "length", "bonds"),
    "pair": ("first", "second", "cosine", "pairs"),
}


def build(rows: pl.DataFrame, folder: Path, *, merged: bool = True, workers: int | None = None) -> None:
    """Write the graphs of the prepared `rows` that have a structure into `folder`.

    One set of arrays holds all N crystals one after the other, so that it can be memory-mapped. The arrays are those
    of `retort.chemistry.orbits.Quotient`, rows being counted within the crystal, in the smallest whole numbers that
    hold them; `cosine` is in units of `RESOLUTION`.

    - `crystals.parquet`: `id` of each crystal, in the order of `rows`.
    - `atom_offsets.npy` int64 (N + 1,); `numbers.npy`, `atoms.npy`.
    - `bond_offsets.npy` int64 (N + 1,); `source.npy`, `target.npy`, `length.npy` (float32, Å), `bonds.npy`.
    - `pair_offsets.npy` int64 (N + 1,); `first.npy`, `second.npy`, `cosine.npy` (int16), `pairs.npy`.

    See `retort.chemistry.neighbours` for which bonds these are. Without any structure the arrays are empty.

    Args:
        rows: with `id, lattice, numbers, positions`; lists that are null where there is no structure.
        merged: keep one of each kind of atom, bond and pair, with its count, instead of all of them.
        workers: processes; every core by default. The result does not depend on it.

    Raises:
        ValueError: a structure that has no graph; the message names its id.
    """
    crystals = rows.filter(pl.col("positions").is_not_null()).select("id", "lattice", "numbers", "positions")
    chunks = [crystals.slice(start, CHUNK) for start in range(0, len(crystals), CHUNK)]
    if workers is None:
        workers = 1 if len(crystals) < WORTH_WORKERS else joblib.cpu_count()
    results = joblib.Parallel(n_jobs=workers, return_as="generator")(
        joblib.delayed(_graphs)(*(chunk[name].to_list() for name in chunk.columns), merged)
        for chunk in chunks
    )
    parts = [_pack([])]  # so that there is always something to concatenate
    with tqdm(total=len(crystals), unit="crystal", desc="crystal graphs", disable=None) as bar:
        for part in results:
            parts.append(part)
            bar.update(len(part["bond_counts"]))

    folder.mkdir(parents=True, exist_ok=True)
    crystals.select("id").write_parquet(folder / "crystals.parquet")
    for name in parts[0]:
        array = np.concatenate([part[name] for part in parts])
        if name.endswith("_counts"):
            name, array = name.replace("counts", "offsets"), np.concatenate([[0], np.cumsum(array)])
        elif array.dtype == np.uint32:
            array = array.astype(np.min_scalar_type(int(array.max(initial=0))))
        np.save(folder / f"{name}.npy", array)


def _graphs(
    ids: list[str], lattices: list, numbers: list, positions: list, merged: bool
) -> dict[str, np.ndarray]:
    graphs = []
    for name, lattice, elements, places in zip(ids, lattices, numbers, positions, strict=True):
        try:
            bonds = nearest_neighbours(np.reshape(lattice, (3, 3)), np.reshape(places, (-1, 3)))
        except ValueError as error:
            raise ValueError(f"crystal {name!r}: {error}") from error
        graphs.append((merge if merged else every)(np.array(elements), bonds))
    return _pack(graphs)


def _pack(graphs: list[Quotient]) -> dict[str, np.ndarray]:
    """The arrays of some crystals end to end; whole numbers as uint32, to be narrowed once all are known."""
    packed = {}
    for kind, names in ARRAYS.items():
        counts = [len(getattr(graph, names[0])) for graph in graphs]
        packed[f"{kind}_counts"] = np.array(counts, dtype=np.int64)
        for name in names:
            array = np.concatenate([[], *(getattr(graph, name) for graph in graphs)])
            if name == "length":
                packed[name] = array.astype(np.float32)
            elif name == "cosine":
                packed[name] = np.rint(array / RESOLUTION).astype(np.int16)
            else:
                packed[name] = array.astype(np.uint32)
    return packed
