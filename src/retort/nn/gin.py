"""The graph isomorphism network of Hu et al. (2020) and MolCLR (Wang et al., 2022), made for speed on a CPU.

A layer is h_v' = MLP(h_v + e_self + sum over neighbours u of (h_u + e_uv)). Embeddings e of bonds enter before any
non-linearity, so that their sum is a product of how many bonds of each kind an atom has with one small table, and what
is left of message passing is one sparse product. Atoms that are still alike are computed once (`Graphs.folded`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from retort.chemistry.molecular_graphs import ATOM_FEATURES, ATOM_SIZES
from retort.nn.backbone import Backbone
from retort.nn.molecular_graphs import BOND_DIRECTIONS, BOND_KINDS, Graphs

READOUTS = ("last", "layers")
NORMS = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}


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
        self.counts_atoms = norm == "batch"
        self.width = width * (layers if readout == "layers" else 1)
        self.columns = [ATOM_FEATURES.index(name) for name in features]
        self.atoms = nn.ModuleList(nn.Embedding(ATOM_SIZES[name], width) for name in features)
        # Types, directions, and the bond of an atom with itself.
        self.bonds = nn.ParameterList(
            nn.Parameter(torch.empty(BOND_KINDS + BOND_DIRECTIONS + 1, width)) for _ in range(layers)
        )
        self.perceptrons = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(inplace=True), nn.Linear(2 * width, width))
            for _ in range(layers)
        )
        self.norms = nn.ModuleList(NORMS[norm](width) for _ in range(layers))
        self.dropout = nn.Dropout(dropout)
        for table in (*self.bonds, *(each.weight for each in self.atoms)):
            nn.init.xavier_uniform_(table)

    def forward(self, graphs: Graphs) -> Tensor:
        """(M, `self.width`)."""
        # With dropout alike atoms come out different, and statistics of a batch count each of them.
        apart = self.training and (self.dropout.p > 0 or self.counts_atoms)
        folded = graphs.folded(len(self.perceptrons), apart)
        h = sum(
            table(folded.atoms[:, column]) for table, column in zip(self.atoms, self.columns, strict=True)
        )
        pooled = []
        for number, layer in enumerate(folded.layers):
            messages = layer.heard(h) + layer.kinds @ self.bonds[number]
            h = self.dropout(self.norms[number](self.perceptrons[number](messages)))
            last = number == len(folded.layers) - 1
            if self.readout == "layers" or last:
                # Before the rectifier: a column that is zero for nearly all molecules would rule any linear probe.
                pooled.append(layer.graphs(h) / graphs.sizes.clamp(min=1)[:, None])
            h = h if last else torch.relu(h)
        return torch.cat(pooled, dim=1)
