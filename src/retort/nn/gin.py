"""The graph isomorphism network of Hu et al. (2020) and MolCLR (Wang et al., 2022), made for speed on a CPU.

A layer is h_v' = MLP(h_v + e_self + sum over neighbours u of (h_u + e_uv)). Embeddings e of bonds enter before any
non-linearity, so that their sum is a product of how many bonds of each kind an atom has with one small table, and what
is left of message passing is one sparse product with the adjacency matrix.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from retort.chemistry.molecular_graphs import ATOM_FEATURES, ATOM_SIZES
from retort.nn.backbone import Backbone
from retort.nn.molecular_graphs import BOND_DIRECTIONS, BOND_KINDS, Graphs

READOUTS = ("last", "layers")
NORMS = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}


class Neighbours(torch.autograd.Function):
    """Sum over neighbours: adjacency (A, A) x h (A, W). It is symmetric, so its gradient is the same product."""

    @staticmethod
    def forward(context: Any, h: Tensor, adjacency: Tensor) -> Tensor:
        context.adjacency = adjacency
        return adjacency @ h

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return context.adjacency @ gradient.contiguous(), None


def matrix(starts: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    """A sparse matrix in compressed rows."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        return torch.sparse_csr_tensor(starts, columns, values, shape, check_invariants=False)


class GIN(Backbone):
    """Graphs to vectors (M, width): the mean over atoms after the last layer.

    Args:
        width: of every layer (published 300).
        layers: how many (published 5).
        norm: `layer`, or `batch` as published.
        dropout: after each layer.
        features: of an atom; `number` and `chirality` are the published ones.
        readout: `last`, as published, or `layers`, the means after all layers side by side (Xu et al., 2019): what the
            first layers know of small neighbourhoods is then not lost on the way. The attribute `width` is that of the
            vectors.
    """

    def __init__(
        self,
        width: int = 300,
        layers: int = 5,
        norm: str = "layer",
        dropout: float = 0.0,
        features: Sequence[str] = ATOM_FEATURES,
        readout: str = "last",
    ):
        super().__init__()
        unknown = sorted(set(features) - set(ATOM_FEATURES))
        if unknown or norm not in NORMS or readout not in READOUTS:
            raise ValueError(
                f"features {unknown}, norm {norm!r} or readout {readout!r} unknown. Hint: features are "
                f"{', '.join(ATOM_FEATURES)}; norms {', '.join(NORMS)}; readouts {', '.join(READOUTS)}."
            )
        self.readout = readout
        self.width = width * (layers if readout == "layers" else 1)
        self.columns = [ATOM_FEATURES.index(name) for name in features]
        self.atoms = nn.ModuleList(nn.Embedding(ATOM_SIZES[name], width) for name in features)
        # Types, directions, and the bond of an atom with itself.
        self.bonds = nn.ParameterList(
            nn.Parameter(torch.empty(BOND_KINDS + BOND_DIRECTIONS + 1, width)) for _ in range(layers)
        )
        self.perceptrons = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
            for _ in range(layers)
        )
        self.norms = nn.ModuleList(NORMS[norm](width) for _ in range(layers))
        self.dropout = nn.Dropout(dropout)
        for table in (*self.bonds, *(each.weight for each in self.atoms)):
            nn.init.xavier_uniform_(table)

    def forward(self, graphs: Graphs) -> Tensor:
        """(M, `self.width`)."""
        count = len(graphs.atoms)
        ones = torch.ones(len(graphs.neighbours), device=graphs.atoms.device)
        adjacency = matrix(graphs.starts, graphs.neighbours, ones, (count, count))
        kinds = torch.cat([graphs.kinds, torch.ones(count, 1, device=graphs.kinds.device)], dim=1)
        h = sum(
            table(graphs.atoms[:, column]) for table, column in zip(self.atoms, self.columns, strict=True)
        )
        layers = list(zip(self.bonds, self.perceptrons, self.norms, strict=True))
        pooled = []
        for number, (bonds, perceptron, norm) in enumerate(layers):
            h = self.dropout(norm(perceptron(h + Neighbours.apply(h, adjacency) + kinds @ bonds)))
            if self.readout == "layers" or number == len(layers) - 1:
                # Before the rectifier: a column that is zero for nearly all molecules would rule any linear probe.
                pooled.append(self.pool(h, graphs))
            h = torch.relu(h)
        return torch.cat(pooled, dim=1)

    @staticmethod
    def pool(h: Tensor, graphs: Graphs) -> Tensor:
        """Mean of h (A, W) over the atoms of each graph (M, W)."""
        total = torch.zeros(graphs.count, h.shape[1], device=h.device, dtype=h.dtype)
        return total.index_add(0, graphs.molecule, h) / graphs.sizes.clamp(min=1)[:, None]
