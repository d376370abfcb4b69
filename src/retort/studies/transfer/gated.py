"""The lighter teacher: an edge-gated graph convolution whose bonds have no state of their own.

As in ALIGNN a message passes a gate, but a bond enters it by fixed features in every layer anew, as in CGCNN (Xie
and Grossman, Phys. Rev. Lett. 120, 145301, 2018), and angles enter by the fixed environment of a bond instead of a
line graph with states. Layer normalisation makes a crystal's output independent of its batch.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.studies.transfer.graphs import Graphs
from retort.studies.transfer.messages import GaussianBasis, gated_mean, pooled


class GatedGraphNet(nn.Module):
    """Crystal graphs to one number each.

    Args:
        vectors: (119, F) one row per atomic number.
        width: of atoms and messages.
        embedding: W, of the embedding; as wide as the student's, so that the two can be compared.
        layers: gated convolutions.
        basis: Gaussians between 0 and `cutoff` Å that describe a bond.
        angles: Gaussians of the angular environment of a bond; 0 for none.
        cutoff: centre of the last of them; longer bonds fade.
    """

    vectors: Tensor

    def __init__(
        self,
        vectors: Tensor,
        *,
        width: int = 64,
        embedding: int = 128,
        layers: int = 4,
        basis: int = 40,
        angles: int = 8,
        cutoff: float = 8.0,
    ):
        super().__init__()
        self.width = embedding
        self.register_buffer("vectors", vectors.float(), persistent=False)
        self.atom = nn.Linear(vectors.shape[1], width)
        self.basis = GaussianBasis(0.0, cutoff, basis)
        self.needs_angles = angles > 0
        self.angles = AngularEnvironment(angles) if angles else None
        self.layers = nn.ModuleList(GatedLayer(width, basis + 2 * angles) for _ in range(layers))
        self.trunk = nn.Linear(width, embedding)
        self.head = nn.Linear(embedding, 1)

    def embed(self, graphs: Graphs) -> Tensor:
        """The mean over atoms after one more layer, (B, W): the last activation before the last linear layer."""
        atoms = self.atom(self.vectors[graphs.numbers])  # (K, W)
        lengths = self.basis(graphs.length)  # (E, basis)
        if self.angles:
            lengths = torch.cat([lengths, self.angles(graphs)], dim=1)
        for layer in self.layers:
            atoms = layer(atoms, lengths, graphs)
        return F.silu(self.trunk(pooled(atoms, graphs.atoms, graphs.crystal, graphs.size)))

    def forward(self, graphs: Graphs) -> Tensor:
        """(B, 1)."""
        return self.head(self.embed(graphs))


class GatedLayer(nn.Module):
    """h' = h + SiLU(LayerNorm(U h + gated mean of V h over the neighbours))."""

    def __init__(self, width: int, basis: int):
        super().__init__()
        self.atom = nn.Linear(width, 4 * width)  # receiver, sender, value and the atom itself
        self.length = nn.Linear(basis, width, bias=False)
        self.norm = nn.LayerNorm(width)

    def forward(self, atoms: Tensor, lengths: Tensor, graphs: Graphs) -> Tensor:
        receiver, sender, value, own = self.atom(atoms).chunk(4, dim=1)  # (K, W) each
        _, mean = gated_mean(
            receiver, sender, self.length(lengths), value, graphs.source, graphs.target, graphs.bonds
        )
        return atoms + F.silu(self.norm(own + mean))


class AngularEnvironment(nn.Module):
    """Fixed features of a bond v -> w: at which angles to it v has its neighbours, w included, and how near they are.

    For each of two ranges: sum over the bonds u -> v of exp(-(length / range)^2) times the Gaussians of the cosine of
    the angle between u and w at v (as Behler's symmetry functions: J. Chem. Phys. 134, 074106, 2011).
    """

    RANGES = (2.0, 3.5)  # Å

    def __init__(self, size: int):
        super().__init__()
        self.basis = GaussianBasis(-1.0, 1.0, size)

    @torch.no_grad()
    def forward(self, graphs: Graphs) -> Tensor:
        """(E, 2 * size)."""
        if graphs.pairs is None:
            raise ValueError(
                "graphs without pairs of bonds. Hint: `GraphStore.batch` makes them with angles=True."
            )
        cosine = self.basis(graphs.cosine)
        near = graphs.length[graphs.first]
        parts = []
        for reach in self.RANGES:
            weight = graphs.pairs * torch.exp(-(near / reach).square())
            parts.append(
                cosine.new_zeros(len(graphs.length), cosine.shape[1]).index_add_(
                    0, graphs.second, cosine * weight[:, None]
                )
            )
        return torch.cat(parts, dim=1)
