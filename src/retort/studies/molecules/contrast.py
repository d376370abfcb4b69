"""Contrastive learning: two views of a molecule are to be nearer to each other than to views of all others."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retort.nn.backbone import Backbone


class Projection(nn.Module):
    """What the contrast sees of an embedding, and what is thrown away after it: (N, W) to (N, width)."""

    def __init__(self, inputs: int, width: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(inplace=True), nn.Linear(width, width))

    def forward(self, features: Tensor) -> Tensor:
        return self.layers(features)


class Contrast(nn.Module):
    """A backbone and its projection.

    Args:
        backbone: batch of M molecules to (M, W), with the attribute `width`.
        width: of the projection.
    """

    def __init__(self, backbone: Backbone, width: int):
        super().__init__()
        self.backbone = backbone
        self.projection = Projection(backbone.width, width)

    def forward(self, views: object) -> Tensor:
        """(M, width)."""
        return self.projection(self.backbone(views))


def nt_xent(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Normalised temperature-scaled cross-entropy (Chen et al., SimCLR, 2020, equation 1).

    Each of the 2 B views has to pick its partner among the other 2 B - 1, by cosine over the temperature.

    Args:
        first, second: (B, d) projections of two views of the same B molecules, in the same order.

    Raises:
        ValueError: the shapes differ, or there is but one molecule and so nothing to tell it from.
    """
    if first.shape != second.shape or len(first) < 2:
        raise ValueError(
            f"{tuple(first.shape)=}, {tuple(second.shape)=}, expected the same (B, d) with B >= 2. "
            "Hint: raise pretraining.batch, or pre-train on more molecules."
        )
    views = F.normalize(torch.cat([first, second]), dim=-1)  # (2 B, d)
    alike = views @ views.T / temperature  # (2 B, 2 B)
    alike = alike.masked_fill(torch.eye(len(views), dtype=torch.bool, device=views.device), -torch.inf)
    partner = torch.arange(len(views), device=views.device).roll(len(first))
    return F.cross_entropy(alike, partner)
