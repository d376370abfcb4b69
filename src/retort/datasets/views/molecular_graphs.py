"""The view `molecular_graphs`: the graphs of all molecules of a data set, in a few flat arrays."""

from pathlib import Path

import numpy as np
import polars as pl

from retort.chemistry.molecular_graphs import MolecularGraph, graph
from retort.datasets.views.molecules import computed


def build(rows: pl.DataFrame, folder: Path, *, workers: int | None = None) -> None:
    """Write the graphs of the column `standard` of the prepared `rows` into `folder`.

    One set of arrays holds all N molecules one after the other, so that it can be memory-mapped; atoms are counted
    within the molecule, in the order of its string.

    - `molecules.parquet`: `id, standard`, in the order of `rows`.
    - `atom_offsets.npy` int64 (N + 1,); `atoms.npy` uint8 (A, 5), see `retort.chemistry.molecular_graphs`.
    - `bond_offsets.npy` int64 (N + 1,); `bonds.npy` uint16 (B, 2), each bond once; `bond_types.npy` uint8 (B, 2).
    - `ring_offsets.npy` int64 (N + 1,) into the R rings; `ring_atom_offsets.npy` int64 (R + 1,); `ring_atoms.npy`
      uint16.

    Args:
        rows: with `id, standard`.
        workers: processes; every core by default. The result does not depend on it.

    Raises:
        ValueError: a string that is no molecule; the message names its id.
    """
    molecules = rows.select("id", "standard")
    parts = [_arrays([])]  # so that there is always something to concatenate
    parts += computed(graph, _arrays, molecules, "molecular graphs", workers)
    folder.mkdir(parents=True, exist_ok=True)
    molecules.write_parquet(folder / "molecules.parquet")
    for name in parts[0]:
        array = np.concatenate([part[name] for part in parts])
        if name.endswith("_counts"):
            name, array = name.replace("counts", "offsets"), np.concatenate([[0], np.cumsum(array)])
        np.save(folder / f"{name}.npy", array)


def _arrays(graphs: list[MolecularGraph]) -> dict[str, np.ndarray]:
    """The arrays of some molecules end to end, with counts in the place of offsets."""
    rings = [ring for one in graphs for ring in one.rings]
    return {
        "atom_counts": np.array([len(one.atoms) for one in graphs], np.int64),
        "bond_counts": np.array([len(one.bonds) for one in graphs], np.int64),
        "ring_counts": np.array([len(one.rings) for one in graphs], np.int64),
        "ring_atom_counts": np.array([len(ring) for ring in rings], np.int64),
        "atoms": np.concatenate([np.zeros((0, 5), np.uint8), *(one.atoms for one in graphs)]),
        "bonds": np.concatenate([np.zeros((0, 2), np.uint16), *(one.bonds for one in graphs)]),
        "bond_types": np.concatenate([np.zeros((0, 2), np.uint8), *(one.bond_types for one in graphs)]),
        "ring_atoms": np.array([atom for ring in rings for atom in ring], np.uint16),
    }
