"""Crystal graphs as the structure models read them: stored once, read in batches, nothing looped over."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from retort.chemistry.orbits import RESOLUTION, ranges


@dataclass(frozen=True)
class Graphs:
    """A batch of B crystals: K kinds of atoms, E of bonds, P of bond pairs, numbered through the batch.

    Bonds are sorted by target and pairs by second. What each of them stands for is in the counts (see
    `retort.chemistry.orbits`); they are all one where nothing was merged.

    Attributes:
        size: B.
        numbers: (K,) int64 atomic numbers.
        crystal: (K,) int64, row of the batch.
        atoms: (K,) float32, atoms of this kind in the cell.
        source, target: (E,) int64, atoms.
        length: (E,) float32, Å.
        bonds: (E,) float32, such bonds at each target atom.
        first, second: (P,) int64, bonds; None unless asked for.
        cosine: (P,) float32, of the angle between the two bonds at their common atom.
        pairs: (P,) float32, such pairs at each second bond.
    """

    size: int
    numbers: Tensor
    crystal: Tensor
    atoms: Tensor
    source: Tensor
    target: Tensor
    length: Tensor
    bonds: Tensor
    first: Tensor | None = None
    second: Tensor | None = None
    cosine: Tensor | None = None
    pairs: Tensor | None = None

    def to(self, device: torch.device | str) -> "Graphs":
        """The same batch on another device."""
        moved: dict[str, Any] = {
            field.name: value.to(device, non_blocking=True)
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), Tensor)
        }
        return replace(self, **moved)


class GraphStore:
    """The view `crystal_graphs`, memory-mapped.

    Attributes:
        ids: of the N crystals that have a graph, in order.

    Args:
        folder: what `retort.datasets.views.crystal_graphs` wrote.
    """

    def __init__(self, folder: Path):
        self.ids = pl.read_parquet(folder / "crystals.parquet")["id"].to_list()
        self._row = {name: row for row, name in enumerate(self.ids)}
        self._array = {path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))}

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, ids: list[str]) -> np.ndarray:
        """The rows of crystals, int64 (len(ids),), to be handed to `batch`.

        Raises:
            KeyError: an id that has no graph.
        """
        strange = [name for name in ids if name not in self._row]
        if strange:
            raise KeyError(
                f"{len(strange)} of {len(ids)} ids have no crystal graph, the first: {strange[0]!r}. "
                "Hint: does its data set have structures, and was the view built from the same table?"
            )
        return np.array([self._row[name] for name in ids], dtype=np.int64)

    def sizes(self) -> np.ndarray:
        """How many kinds of bonds each crystal has, int64 (N,): what a batch of it costs."""
        return np.diff(self._array["bond_offsets"])

    def batch(self, rows: np.ndarray, *, angles: bool = False) -> Graphs:
        """The graphs of the crystals `rows` (B,), in that order; with bond pairs where `angles`."""
        rows = np.asarray(rows, dtype=np.int64)
        atom, atoms_of = self._places("atom", rows)
        bond, bonds_of = self._places("bond", rows)
        first_atom = np.repeat(_before(atoms_of), bonds_of)  # of the crystal of each bond
        graphs = Graphs(
            size=len(rows),
            numbers=self._whole("numbers", atom),
            crystal=torch.from_numpy(np.repeat(np.arange(len(rows)), atoms_of)),
            atoms=self._real("atoms", atom),
            source=self._whole("source", bond, first_atom),
            target=self._whole("target", bond, first_atom),
            length=self._real("length", bond),
            bonds=self._real("bonds", bond),
        )
        if not angles:
            return graphs
        pair, pairs_of = self._places("pair", rows)
        first_bond = np.repeat(_before(bonds_of), pairs_of)
        return replace(
            graphs,
            first=self._whole("first", pair, first_bond),
            second=self._whole("second", pair, first_bond),
            cosine=self._real("cosine", pair) * RESOLUTION,
            pairs=self._real("pairs", pair),
        )

    def _places(self, kind: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the atoms, bonds or pairs of crystals lie in the arrays, and how many each crystal has."""
        offsets = self._array[f"{kind}_offsets"]
        count = offsets[rows + 1] - offsets[rows]
        return ranges(offsets[rows], count), count

    def _whole(self, name: str, place: np.ndarray, shift: np.ndarray | int = 0) -> Tensor:
        return torch.from_numpy(self._array[name][place].astype(np.int64) + shift)

    def _real(self, name: str, place: np.ndarray) -> Tensor:
        return torch.from_numpy(self._array[name][place].astype(np.float32))


def _before(counts: np.ndarray) -> np.ndarray:
    return np.cumsum(counts) - counts
