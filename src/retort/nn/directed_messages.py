"""Directed message passing (Yang et al., J. Chem. Inf. Model. 59 (2019) 3370), and the batches that it reads.

Messages live on directed bonds, so that none comes back to the atom that it has just left:

    h_vw = tau(W_i [x_v, e_vw]),    then `depth` - 1 times    h_vw = tau(W_i [x_v, e_vw] + W_h m_vw),
    m_vw = sum of h_uv over the neighbours u of v but w,      h_v = tau(W_o [x_v, sum of h_uv over all neighbours u]).

Which layers have a bias, and where dropout stands, is as in Chemprop 2 (Heid et al., ibid. 64 (2024) 9). So are the
names and the order of the weights: the models of either can be read by the other.

Directed bonds, and atoms, that are still alike are computed once (`retort.nn.folding`): of the bonds of a
batch that is a quarter at the second update and half at the third.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from retort.chemistry.directed_graphs import ATOM_WIDTH, BOND_WIDTH, DirectedGraph
from retort.nn.folding import ODD, Sums, alike, hashed, mixed, ranges, totals


@dataclass(frozen=True)
class DirectedGraphs:
    """A batch of M molecules with A atoms and B bonds, atoms being counted over all of them.

    Attributes:
        atoms: (A, 72) float32.
        bonds: (2 B, 14) float32; the reverse of directed bond 2k is 2k + 1.
        ends: (2, 2 B) int64, from which atom and to which each directed bond runs.
        sizes: (M,) int64, atoms of each molecule; they stand one after the other.
    """

    atoms: Tensor
    bonds: Tensor
    ends: Tensor
    sizes: Tensor

    @property
    def count(self) -> int:
        return len(self.sizes)

    @cached_property
    def _folded(self) -> dict[tuple[int, bool], "Folded"]:
        return {}

    def folded(self, depth: int, apart: bool = False) -> "Folded":
        """The batch as message passing of this depth needs it, kept for when it is seen again.

        Args:
            apart: every bond and every atom for itself, for a network that does not treat alike ones alike.
        """
        if (depth, apart) not in self._folded:
            self._folded[depth, apart] = fold(self, depth, apart)
        return self._folded[depth, apart]

    def to(self, device: torch.device | str) -> "DirectedGraphs":
        return DirectedGraphs(*(getattr(self, field.name).to(device) for field in fields(self)))

    @classmethod
    def of(cls, graphs: Sequence[DirectedGraph]) -> "DirectedGraphs":
        """The batch of some molecules."""
        sizes = np.array([len(graph.atoms) for graph in graphs], np.int64)
        shifts = np.cumsum(sizes) - sizes
        ends = [graph.ends + shift for graph, shift in zip(graphs, shifts, strict=True)]
        return cls(
            torch.from_numpy(np.concatenate([graph.atoms for graph in graphs])),
            torch.from_numpy(np.concatenate([graph.bonds for graph in graphs])),
            torch.from_numpy(np.concatenate(ends, axis=1)),
            torch.from_numpy(sizes),
        )


@dataclass(frozen=True)
class Update:
    """One update of directed bonds, from V' kinds of them to V.

    Attributes:
        first: V from the kinds before the first update, what each was then.
        heard: V from V', the bonds that run to where each begins, but for its own reverse.
    """

    first: Sums
    heard: Sums


@dataclass(frozen=True)
class Folded:
    """A batch with alike directed bonds and alike atoms taken together.

    Attributes:
        bonds: (V, 86) float32 of the kinds of directed bonds before the first update, the source's features first.
        updates: what follows, in order.
        heard: the U kinds of atoms from the kinds of bonds after the last update.
        atoms: (U, 72) float32.
        kind: (A,) int64, which of the U each atom is.
        molecules: M from U, the sum over the atoms of each molecule.
    """

    bonds: Tensor
    updates: list[Update]
    heard: Sums
    atoms: Tensor
    kind: Tensor
    molecules: Sums


def fold(batch: DirectedGraphs, depth: int, apart: bool = False) -> Folded:
    """Take together the directed bonds that are alike at first and after each update, and the atoms; with `apart`,
    none."""
    device, count = batch.sizes.device, len(batch.atoms)
    source, target = batch.ends.cpu().numpy()
    sizes = batch.sizes.cpu().numpy()
    number = np.arange(len(source))
    to_atom = np.argsort(target, kind="stable")  # directed bonds by the atom that they run to
    starts = np.concatenate([[0], np.cumsum(np.bincount(target, minlength=count))])

    own = np.arange(count).astype(np.uint64) if apart else hashed(batch.atoms.cpu().numpy())
    if apart:
        start = mark = number.astype(np.uint64)
    else:
        start = mark = mixed(own[source] * ODD[0] + hashed(batch.bonds.cpu().numpy()))
    first, kind = alike(mark)
    at_first, width_at_first = kind, len(first)
    begins = torch.from_numpy(source[first]).to(device)
    bonds = torch.cat([batch.atoms[begins], batch.bonds[torch.from_numpy(first).to(device)]], dim=1)
    updates = []
    for _ in range(1, depth):
        before, width = kind, len(first)
        if not apart:
            mark = mixed(start * ODD[0] + totals(mark[to_atom], starts)[source] - mark[number ^ 1])
            first, kind = alike(mark)
        entries, counts = ranges(starts, source[first])
        others = to_atom[entries]
        others = others[others != np.repeat(first ^ 1, counts)]
        updates.append(
            Update(
                Sums.of(np.ones(len(first), np.int64), at_first[first], width_at_first, device),
                Sums.of(counts - 1, before[others], width, device),
            )
        )
    bond_kind, bond_kinds = kind, len(first)
    first, kind = alike(own if apart else mixed(own * ODD[0] + totals(mark[to_atom], starts)))
    entries, counts = ranges(starts, first)
    return Folded(
        bonds,
        updates,
        heard=Sums.of(counts, bond_kind[to_atom[entries]], bond_kinds, device),
        atoms=batch.atoms[torch.from_numpy(first).to(device)],
        kind=torch.from_numpy(kind).to(device),
        molecules=Sums.of(sizes, kind, len(first), device),
    )


class DirectedMessagePassing(nn.Module):
    """Molecules to the states of their atoms.

    Args:
        width: of the messages.
        depth: times that directed bonds are updated, the first included.
        dropout: after each update but the first, and of the atoms' states.
    """

    def __init__(self, width: int, depth: int, dropout: float = 0.0):
        super().__init__()
        self.W_i = nn.Linear(ATOM_WIDTH + BOND_WIDTH, width, bias=False)
        self.W_h = nn.Linear(width, width, bias=False)
        self.W_o = nn.Linear(ATOM_WIDTH + width, width)
        self.dropout = nn.Dropout(dropout)
        self.depth = depth

    def forward(self, batch: DirectedGraphs) -> Tensor:
        """(A, width)."""
        folded = self.folded(batch)
        return self.states(folded).index_select(0, folded.kind)

    def folded(self, batch: DirectedGraphs) -> Folded:
        """The batch as `states` reads it; with dropout alike bonds come out different."""
        return batch.folded(self.depth, apart=self.training and self.dropout.p > 0)

    def states(self, folded: Folded) -> Tensor:
        """(U, width) of the kinds of atoms."""
        first = self.W_i(folded.bonds)
        bonds = first.relu()
        for update in folded.updates:
            bonds = self.dropout((update.first(first) + self.W_h(update.heard(bonds))).relu())
        return self.dropout(self.W_o(torch.cat((folded.atoms, folded.heard(bonds)), dim=1)).relu())


def feed_forward(inputs: int, hidden: int, outputs: int, dropout: float = 0.0) -> nn.Sequential:
    """A perceptron with one hidden layer, in two blocks as Chemprop has it."""
    return nn.Sequential(
        nn.Sequential(nn.Linear(inputs, hidden)),
        nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, outputs)),
    )
