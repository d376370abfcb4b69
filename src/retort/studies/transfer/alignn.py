"""ALIGNN (Choudhary and DeCost, npj Comput. Mater. 7, 185, 2021): gated convolutions on a crystal and its line graph.

The line graph has the bonds as nodes and the angles between them as edges. It is by far the larger of the two, so that
what is done per pair of bonds decides how long a step takes: angles are embedded once per distinct cosine, and states
that no later layer reads are not computed.
"""

import math

import torch
from torch import Tensor, nn

from retort.studies.transfer.graphs import Graphs
from retort.studies.transfer.messages import CountedNorm, GaussianBasis, gated_mean, pooled


class ALIGNN(nn.Module):
    """Crystal graphs with their line graphs to one number each.

    With the published sizes, which are the defaults, and CGCNN's 92 numbers per element it has 4,026,753 parameters.

    Args:
        vectors: (119, F) one row per atomic number.
        layers: on both graphs.
        gcn_layers: on the crystal graph alone, after those.
        width: W, of atoms, bonds, angles and the embedding.
        hidden: width of the first layer that embeds lengths and angles.
        lengths, angles: Gaussians on 0 ... `cutoff` Å and on cosines -1 ... 1.
        cutoff: centre of the last Gaussian of lengths.
    """

    needs_angles = True

    vectors: Tensor

    def __init__(
        self,
        vectors: Tensor,
        *,
        layers: int = 4,
        gcn_layers: int = 4,
        width: int = 256,
        hidden: int = 64,
        lengths: int = 80,
        angles: int = 40,
        cutoff: float = 8.0,
    ):
        super().__init__()
        self.width = width
        self.register_buffer("vectors", vectors.float(), persistent=False)
        self.atom = Embedding(vectors.shape[1], width)
        # As published: the square of the spread, not the spread, is the distance between Gaussians.
        self.length_basis = GaussianBasis(0.0, cutoff, lengths, math.sqrt(cutoff / (lengths - 1)))
        self.angle_basis = GaussianBasis(-1.0, 1.0, angles, math.sqrt(2.0 / (angles - 1)))
        self.length = nn.ModuleList([Embedding(lengths, hidden), Embedding(hidden, width)])
        self.angle = nn.ModuleList([Embedding(angles, hidden), Embedding(hidden, width)])
        self.on_crystal = nn.ModuleList(EdgeGatedConvolution(width) for _ in range(layers + gcn_layers))
        self.on_lines = nn.ModuleList(EdgeGatedConvolution(width) for _ in range(layers))
        self.head = nn.Linear(width, 1)

    def embed(self, graphs: Graphs) -> Tensor:
        """The mean over atoms, (B, W)."""
        if graphs.pairs is None:
            raise ValueError(
                "graphs without pairs of bonds. Hint: `GraphStore.batch` makes them with angles=True."
            )
        bonds_in_all = graphs.bonds * graphs.atoms[graphs.target]  # (E,)
        pairs_in_all = graphs.pairs * bonds_in_all[graphs.second]  # (P,)
        crystal = (graphs.source, graphs.target, graphs.bonds)
        lines = (graphs.first, graphs.second, graphs.pairs)

        atoms = self.atom(self.vectors[graphs.numbers], graphs.atoms)  # (K, W)
        bonds = self.length_basis(graphs.length)
        for embedding in self.length:
            bonds = embedding(bonds, bonds_in_all)  # (E, W)
        cosines, kind = torch.unique(graphs.cosine, return_inverse=True)  # (U,), (P,)
        per_cosine = torch.zeros_like(cosines).index_add_(0, kind, pairs_in_all)
        angles = self.angle_basis(cosines)
        for embedding in self.angle:
            angles = embedding(angles, per_cosine)  # (U, W)

        for layer, convolution in enumerate(self.on_crystal):
            needed = layer + 1 < len(self.on_crystal)
            atoms, bonds = convolution(atoms, bonds, crystal, graphs.atoms, bonds_in_all, edges_needed=needed)
            if layer < len(self.on_lines):
                bonds, angles = self.on_lines[layer](
                    bonds,
                    angles,
                    lines,
                    bonds_in_all,
                    pairs_in_all,
                    kind=kind if layer == 0 else None,
                    edges_needed=layer + 1 < len(self.on_lines),
                )
        return pooled(atoms, graphs.atoms, graphs.crystal, graphs.size)

    def forward(self, graphs: Graphs) -> Tensor:
        """(B, 1)."""
        return self.head(self.embed(graphs))


class Embedding(nn.Module):
    """Linear, batch normalisation, SiLU; of rows (N, inputs) with counts (N,)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.norm = CountedNorm(outputs)

    def forward(self, rows: Tensor, counts: Tensor) -> Tensor:
        return self.norm(self.linear(rows), counts)


class EdgeGatedConvolution(nn.Module):
    """One step on nodes h and edges e of a graph.

    m = A h_target + B h_source + C e
    h' = h + SiLU(BN(U h + sum sigmoid(m) * V h_source / (sum sigmoid(m) + 1e-6))), sums over the edges into a node
    e' = e + SiLU(BN(m))
    """

    def __init__(self, width: int):
        super().__init__()
        self.node = nn.Linear(width, 4 * width)  # A, B, V and U in one product
        self.edge = nn.Linear(width, width)  # C
        self.node_norm = CountedNorm(width)
        self.edge_norm = CountedNorm(width)

    def forward(
        self,
        nodes: Tensor,
        edges: Tensor,
        graph: tuple[Tensor, Tensor, Tensor],
        node_counts: Tensor,
        edge_counts: Tensor,
        *,
        kind: Tensor | None = None,
        edges_needed: bool = True,
    ) -> tuple[Tensor, Tensor | None]:
        """Nodes (N, W) and edges (E, W) after the step.

        Args:
            nodes, edges: before it; with `kind`, one row of `edges` per kind of edge.
            graph: source, target, and how many such edges each target receives; (E,) each.
            node_counts, edge_counts: how many nodes (N,) and edges (E,) of the batch each row stands for.
            kind: (E,) row of `edges` of each edge.
            edges_needed: if not, None is returned in their place.
        """
        receiver, sender, value, own = self.node(nodes).chunk(4, dim=1)  # (N, W) each
        source, target, count = graph
        edge = self.edge(edges)
        if kind is not None:
            edge, edges = edge[kind], edges[kind]  # (E, W)
        logits, mean = gated_mean(receiver, sender, edge, value, source, target, count)
        nodes = self.node_norm(own + mean, node_counts, nodes)
        return nodes, self.edge_norm(logits, edge_counts, edges) if edges_needed else None
