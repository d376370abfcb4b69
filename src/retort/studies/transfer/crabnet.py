"""CrabNet: a transformer over the elements of a composition, their amounts encoded like positions.

A. Y.-T. Wang, S. K. Kauwe, R. J. Murdock, T. D. Sparks, npj Comput. Mater. 7, 77 (2021).
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.studies.transfer.formulas import Formulas, Packing
from retort.studies.transfer.roost import ResidualNetwork

RESOLUTION = 5000  # amounts are told apart to 1/5000


class CrabNet(nn.Module):
    """Composition to the mean and the log standard deviation of a property.

    At the published sizes (the defaults) with 200-d vectors it has 11,987,206 trainable parameters.

    Args:
        vectors: (119, F) element vectors, row = atomic number, row 0 unused; frozen.
        width: of the transformer; the published d_model.
        layers, heads, feedforward, dropout: of the transformer.
        residual: widths of the residual network; the last one is the width of the embedding.
    """

    vectors: Tensor

    def __init__(
        self,
        vectors: Tensor,
        *,
        width: int = 512,
        layers: int = 3,
        heads: int = 4,
        feedforward: int = 2048,
        dropout: float = 0.1,
        residual: Sequence[int] = (1024, 512, 256, 128),
    ):
        super().__init__()
        self.register_buffer("vectors", vectors.float())
        self.embedding = nn.Linear(vectors.shape[1], width)
        self.encoding = FractionalEncoding(width)
        self.scale = nn.Parameter(torch.ones(1))  # the elements' gain is 2**scale
        self.encoder = nn.ModuleList(EncoderLayer(width, heads, feedforward, dropout) for _ in range(layers))
        self.residual = ResidualNetwork((width, *residual), nn.LeakyReLU())
        self.width = self.residual.width
        self.last = nn.Linear(self.width, 3)

    def embed(self, batch: Formulas) -> Tensor:
        """Formulas to (B, width): the last hidden activations, averaged over the elements of each formula.

        The published model averages after the last linear layer. It comes to the same: that layer and the average
        commute.
        """
        numbers, fractions = batch.pack()  # (T,), (T,)
        elements = F.embedding(numbers, self.embedding(self.vectors))  # (T, d)
        x = elements * 2**self.scale + self.encoding(fractions)
        for layer in self.encoder:
            x = layer(x, batch.packing)
        return batch.packing.mean(self.residual(x))

    def head(self, embedding: Tensor) -> Tensor:
        """Embedding (B, width) to (B, 2): mean, gated as published, and log standard deviation."""
        mean, log_std, gate = self.last(embedding).unbind(dim=1)
        return torch.stack([mean * torch.sigmoid(gate), log_std], dim=1)

    def forward(self, batch: Formulas) -> Tensor:
        return self.head(self.embed(batch))


class FractionalEncoding(nn.Module):
    """A fraction as sines and cosines: one half of the columns for the fraction, one for its logarithm.

    Row r of the table encodes (r + 1)/5000: sin(r / 50^(2c/w)) in its even columns c, cos in the odd ones, where w
    is half the width (the published exponent has the column's own number, not that of its pair). The first half
    looks up the fraction x, the second min(1, 0.0025 log2(x)^2). Each has a learned gain 2^((1 - s)^2) with s = 1
    at the start; the published formula, though its slope is zero just there, so only weight decay sets it moving.
    """

    table: Tensor

    def __init__(self, width: int):
        super().__init__()
        half = width // 2
        column = torch.arange(half)
        angle = torch.arange(RESOLUTION)[:, None] / 50 ** (2 * column / half)  # (5000, w)
        table = torch.where(column % 2 == 0, angle.sin(), angle.cos())
        self.register_buffer("table", table, persistent=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.log_scale = nn.Parameter(torch.ones(1))

    def forward(self, fractions: Tensor) -> Tensor:
        """Fractions (T,) to (T, width)."""
        linear = self.table[self._row(fractions)] * 2 ** ((1 - self.scale) ** 2)
        logarithm = (0.0025 * fractions.log2().square()).clamp(max=1)
        logarithmic = self.table[self._row(logarithm)] * 2 ** ((1 - self.log_scale) ** 2)
        return torch.cat([linear, logarithmic], dim=1)

    @staticmethod
    def _row(x: Tensor) -> Tensor:
        return torch.round(x.clamp(min=1 / RESOLUTION) * RESOLUTION).long() - 1


class EncoderLayer(nn.Module):
    """One post-norm transformer layer (Vaswani et al. 2017), as `nn.TransformerEncoderLayer`, on packed tokens."""

    def __init__(self, width: int, heads: int, feedforward: int, dropout: float):
        super().__init__()
        if width % heads or width % 2:
            raise ValueError(f"{width=} must be even and a multiple of {heads=}")
        self.heads = heads
        self.dropout = dropout
        self.project = nn.Linear(width, 3 * width)  # queries, keys, values
        self.mix = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, feedforward)
        self.narrow = nn.Linear(feedforward, width)
        self.output_norm = nn.LayerNorm(width)
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.zeros_(self.project.bias)
        nn.init.zeros_(self.mix.bias)

    def forward(self, x: Tensor, packing: Packing) -> Tensor:
        """Tokens (T, d) to (T, d); those of one formula attend to each other."""
        seen = torch.cat([self._attend(block) for block in packing.split(self.project(x))])  # (T, d)
        x = self.attention_norm(x + self._drop(self.mix(seen)))
        deeper = self.narrow(self._drop(F.relu(self.wide(x))))
        return self.output_norm(x + self._drop(deeper))

    def _attend(self, projected: Tensor) -> Tensor:
        """Queries, keys and values (n, k, 3 d) of n formulas of k elements to (n * k, d)."""
        parts = projected.unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)  # (n, heads, k, d / heads) each
        dropout = self.dropout if self.training else 0.0
        seen = F.scaled_dot_product_attention(query, key, value, dropout_p=dropout)
        return seen.transpose(1, 2).flatten(2).flatten(0, 1)

    def _drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout, self.training)
