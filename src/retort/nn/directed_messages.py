"""Directed message passing (Yang et al., J. Chem. Inf. Model. 59 (2019) 3370), and the batches that it reads.

Messages live on directed bonds, so that none comes back to the atom that it has just left:

    h_vw = tau(W_i [x_v, e_vw]),    then `depth` - 1 times    h_vw = tau(W_i [x_v, e_vw] + W_h m_vw),
    m_vw = sum of h_uv over the neighbours u of v but w,      h_v = tau(W_o [x_v, sum of h_uv over all neighbours u]).

Which layers have a bias, and where dropout stands, is as in Chemprop 2 (Heid et al., ibid. 64 (2024) 9). So are the
names and the order of the weights: the models of either can be read by the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor, nn

from retort.chemistry.directed_graphs import ATOM_WIDTH, BOND_WIDTH, DirectedGraph


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
        source, target = batch.ends
        count = len(batch.atoms)
        reverse = torch.arange(len(batch.bonds), device=source.device) ^ 1
        first = self.W_i(torch.cat((batch.atoms.index_select(0, source), batch.bonds), dim=1))  # (2 B, width)
        bonds = first.relu()
        for _ in range(1, self.depth):
            heard = sums(bonds, target, count)  # (A, width)
            # What the source hears, but for the bond's own reverse.
            message = heard.index_select(0, source) - bonds.index_select(0, reverse)
            bonds = self.dropout((first + self.W_h(message)).relu())
        heard = sums(bonds, target, count)
        return self.dropout(self.W_o(torch.cat((batch.atoms, heard), dim=1)).relu())


def sums(values: Tensor, index: Tensor, count: int) -> Tensor:
    """The sum of the rows of `values` (N, W) that have each `index` (N,) of `count`: (count, W)."""
    return values.new_zeros(count, values.shape[1]).index_add(0, index, values)


def feed_forward(inputs: int, hidden: int, outputs: int, dropout: float = 0.0) -> nn.Sequential:
    """A perceptron with one hidden layer, in two blocks as Chemprop has it."""
    return nn.Sequential(
        nn.Sequential(nn.Linear(inputs, hidden)),
        nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, outputs)),
    )
