"""Batches of molecular graphs, whole or cut, from the view `molecular_graphs`, and how they are folded."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch import Tensor

from retort.chemistry.molecular_graphs import DIRECTIONS, OTHER_BOND, Skeleton
from retort.nn.folding import ODD, Sums, alike, hashed, mixed, ranges, totals

BOND_KINDS = OTHER_BOND + 1
BOND_DIRECTIONS = len(DIRECTIONS)


@dataclass(frozen=True)
class Arrays:
    """Molecules end to end in numpy, before they become a batch; atoms are counted over all of them.

    Attributes:
        atoms: (A, 5) uint8, categories of `ATOM_FEATURES`.
        bonds: (B, 2) int64, each bond once.
        types: (B, 2) uint8, type and direction.
        sizes: (M,) atoms of each molecule.
    """

    atoms: np.ndarray
    bonds: np.ndarray
    types: np.ndarray
    sizes: np.ndarray


@dataclass(frozen=True)
class Graphs:
    """A batch of M graphs with A atoms.

    Attributes:
        atoms: (A, 5) int64 categories.
        starts: (A + 1,) int64, where each atom's neighbours begin in `neighbours`.
        neighbours: (2 B,) int64, the bonded atoms of each atom.
        kinds: (A, 8) float32, how many bonds of each type, then of each direction, an atom has.
        sizes: (M,) int64, atoms of each graph; their atoms stand one after the other.
    """

    atoms: Tensor
    starts: Tensor
    neighbours: Tensor
    kinds: Tensor
    sizes: Tensor

    @property
    def count(self) -> int:
        return len(self.sizes)

    @cached_property
    def molecule(self) -> Tensor:
        """(A,) the graph of each atom."""
        return torch.repeat_interleave(torch.arange(self.count, device=self.sizes.device), self.sizes)

    @cached_property
    def _folded(self) -> dict[tuple[int, bool], "Folded"]:
        return {}

    def folded(self, layers: int, apart: bool = False) -> "Folded":
        """The batch as `layers` of message passing need it, kept for the next network that sees it.

        Args:
            apart: every atom for itself, for a network that does not treat alike atoms alike.
        """
        if (layers, apart) not in self._folded:
            self._folded[layers, apart] = fold(self, layers, apart)
        return self._folded[layers, apart]

    def to(self, device: torch.device | str) -> "Graphs":
        return Graphs(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))

    @classmethod
    def of(cls, arrays: Arrays) -> "Graphs":
        """The batch of some molecules."""
        count = len(arrays.atoms)
        target = np.concatenate([arrays.bonds[:, 0], arrays.bonds[:, 1]])
        source = np.concatenate([arrays.bonds[:, 1], arrays.bonds[:, 0]])
        order = np.argsort(target, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(target, minlength=count))])
        width = BOND_KINDS + BOND_DIRECTIONS
        ends = arrays.bonds.ravel()  # both ends of a bond have it
        kind, direction = np.repeat(arrays.types.astype(np.int64), 2, axis=0).T
        kinds = np.bincount(ends * width + kind, minlength=count * width)
        kinds += np.bincount(ends * width + BOND_KINDS + direction, minlength=count * width)
        return cls(
            torch.from_numpy(arrays.atoms.astype(np.int64)),
            torch.from_numpy(starts),
            torch.from_numpy(source[order]),
            torch.from_numpy(kinds.reshape(count, width).astype(np.float32)),
            torch.from_numpy(np.ascontiguousarray(arrays.sizes, dtype=np.int64)),
        )


class MoleculeStore:
    """The molecules of a view, by row.

    Args:
        folder: what `retort.datasets.views.molecular_graphs.build` wrote.
    """

    def __init__(self, folder: Path):
        table = pl.read_parquet(folder / "molecules.parquet")
        self.ids: list[str] = table["id"].to_list()
        self.standard: list[str] = table["standard"].to_list()
        # A view of the mapped file without the slower class of numpy's memory maps.
        read = {path.stem: np.asarray(np.load(path, mmap_mode="r")) for path in sorted(folder.glob("*.npy"))}
        self._atom_offsets, self._atoms = read["atom_offsets"], read["atoms"]
        self._bond_offsets, self._bonds, self._types = read["bond_offsets"], read["bonds"], read["bond_types"]
        self._ring_offsets, self._ring_atom_offsets = read["ring_offsets"], read["ring_atom_offsets"]
        self._ring_atoms = read["ring_atoms"]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def _row(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.ids)}

    def rows(self, ids: Sequence[str]) -> np.ndarray:
        """(M,) rows of some molecules.

        Raises:
            KeyError: an id that the view does not have.
        """
        return np.array([self._row[name] for name in ids], np.int64)

    def sizes(self) -> np.ndarray:
        """(N,) heavy atoms of each molecule."""
        return np.diff(self._atom_offsets)

    def skeleton(self, row: int) -> Skeleton:
        """Neighbours and rings of one molecule."""
        first, last = self._atom_offsets[row : row + 2].tolist()
        begin, end = self._bond_offsets[row : row + 2].tolist()
        bonds = self._bonds[begin:end]
        begin, end = self._ring_offsets[row : row + 2].tolist()
        cuts = self._ring_atom_offsets[begin : end + 1].tolist()
        return Skeleton.of(last - first, bonds, [self._ring_atoms[a:b].tolist() for a, b in pairwise(cuts)])

    def arrays(self, rows: np.ndarray) -> Arrays:
        """Some molecules end to end; a row may occur several times."""
        atoms, sizes = ranges(self._atom_offsets, rows)
        bonds, counts = ranges(self._bond_offsets, rows)
        shift = np.repeat(np.cumsum(sizes) - sizes, counts)
        return Arrays(self._atoms[atoms], self._bonds[bonds] + shift[:, None], self._types[bonds], sizes)

    def batch(self, rows: np.ndarray) -> Graphs:
        """The graphs of `rows` (M,)."""
        return Graphs.of(self.arrays(np.asarray(rows)))

    def subgraphs(self, rows: np.ndarray, atoms: Sequence[np.ndarray]) -> Graphs:
        """Induced sub-graphs: for each of `rows` (M,) the atoms of the same place in `atoms`, in their order."""
        whole = self.arrays(np.asarray(rows))
        sizes = np.array([len(some) for some in atoms], np.int64)
        first = np.cumsum(whole.sizes) - whole.sizes
        chosen = np.concatenate([np.zeros(0, np.int64), *atoms]) + np.repeat(first, sizes)
        place = np.full(len(whole.atoms), -1)
        place[chosen] = np.arange(len(chosen))
        bonds = place[whole.bonds]
        kept = (bonds >= 0).all(axis=1)
        return Graphs.of(Arrays(whole.atoms[chosen], bonds[kept], whole.types[kept], sizes))


@dataclass(frozen=True)
class Layer:
    """One round of message passing, from U' kinds of atoms to the U kinds that they are after it.

    Attributes:
        heard: U from U', the atom itself and its neighbours.
        kinds: (U, 9) float32, `Graphs.kinds` and a one for the bond of an atom with itself.
        graphs: M from U, the sum over the atoms of each graph.
    """

    heard: Sums
    kinds: Tensor
    graphs: Sums


@dataclass(frozen=True)
class Folded:
    """A batch with alike atoms taken together.

    Attributes:
        atoms: (U, 5) int64 categories of the kinds of atoms before the first layer.
        layers: what follows, in order.
    """

    atoms: Tensor
    layers: list[Layer]


def fold(graphs: Graphs, layers: int, apart: bool = False) -> Folded:
    """Take together the atoms that are alike before the first layer, and after each; with `apart`, none."""
    device, count = graphs.sizes.device, len(graphs.atoms)
    fields = (graphs.atoms, graphs.starts, graphs.neighbours, graphs.kinds, graphs.sizes)
    atoms, starts, neighbours, kinds, sizes = (field.cpu().numpy() for field in fields)
    around = np.insert(neighbours, starts[:-1], np.arange(count))  # each atom before its neighbours
    starts_around = starts + np.arange(count + 1)
    ones = torch.ones(count, 1, device=device, dtype=graphs.kinds.dtype)
    bonds = torch.cat([graphs.kinds, ones], dim=1)

    bonded = hashed(kinds)
    mark = np.arange(count).astype(np.uint64) if apart else hashed(atoms)
    first, kind = alike(mark)
    folded = Folded(graphs.atoms[torch.from_numpy(first).to(device)], [])
    for _ in range(layers):
        before, width = kind, len(first)
        if not apart:
            mark = mixed(mark * ODD[0] + bonded + totals(mark[neighbours], starts))
            first, kind = alike(mark)
        entries, counts = ranges(starts_around, first)
        folded.layers.append(
            Layer(
                Sums.of(counts, before[around[entries]], width, device),
                bonds[torch.from_numpy(first).to(device)],
                Sums.of(sizes, kind, len(first), device),
            )
        )
    return folded
