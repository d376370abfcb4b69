"""Roost: a composition as a fully connected graph of its elements, weighted by their amounts.

R. E. A. Goodall, A. A. Lee, Nat. Commun. 11, 6280 (2020); sizes of aviary 1.2.1.

Two rearrangements make it cheap without changing what it computes. The first layer of the networks over pairs is
linear in the concatenation of two elements, so it is applied to each element and only its results are paired. The
last layer of the message network is linear and the attention weights sum to one, so it is applied after the
weighted sum: once per element instead of once per pair.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.studies.transfer.formulas import Formulas, Packing


class Roost(nn.Module):
    """Composition to the mean and the log standard deviation of a property.

    `embed` is the output of the trunk *before* its ReLU (256-d at published size), so that it can take the signs
    of a standardised teacher embedding; `head` is that ReLU and the rest of the output network. With 200-d vectors
    the published sizes (the defaults) give 2,302,149 trainable parameters: aviary's 2,302,161 less the biases of
    the twelve gates, which a softmax ignores.

    Args:
        vectors: (119, F) element vectors, row = atomic number, row 0 unused; frozen.
        features: width of an element, its fraction included.
        layers: message-passing layers.
        heads: attention heads of each of them, and of the pooling; averaged.
        hidden: width of the hidden layer of the gate and of the message networks.
        trunk: hidden widths of the trunk.
        width: of the trunk's output.
        tail: hidden widths of the output network.
    """

    vectors: Tensor

    def __init__(
        self,
        vectors: Tensor,
        *,
        features: int = 64,
        layers: int = 3,
        heads: int = 3,
        hidden: int = 256,
        trunk: Sequence[int] = (1024, 512),
        width: int = 256,
        tail: Sequence[int] = (128, 64),
    ):
        super().__init__()
        self.width = width
        self.register_buffer("vectors", vectors.float())
        self.embedding = nn.Linear(vectors.shape[1], features - 1)
        self.messages = nn.ModuleList(WeightedAttention(features, heads, hidden, True) for _ in range(layers))
        self.pooling = WeightedAttention(features, heads, hidden, False)
        self.trunk = ResidualNetwork((features, *trunk), nn.ReLU())
        self.out = nn.Linear(self.trunk.width, width)
        self.tail = ResidualNetwork((width, *tail), nn.ReLU())
        self.last = nn.Linear(self.tail.width, 2)

    def embed(self, batch: Formulas) -> Tensor:
        """Formulas to (B, width)."""
        numbers, fractions = batch.pack()  # (T,), (T,)
        elements = F.embedding(numbers, self.embedding(self.vectors))  # (T, features - 1)
        x = torch.cat([elements, fractions[:, None]], dim=1)  # (T, features)
        log_fractions = fractions.log()
        for layer in self.messages:
            x = x + layer(x, log_fractions, batch.packing)
        pooled = self.pooling(x, log_fractions, batch.packing)  # (B, features)
        return self.out(self.trunk(pooled))

    def head(self, embedding: Tensor) -> Tensor:
        """Embedding (B, width) to (B, 2): mean and log standard deviation of the standardised property."""
        return self.last(self.tail(F.relu(embedding)))

    def forward(self, batch: Formulas) -> Tensor:
        return self.head(self.embed(batch))


class WeightedAttention(nn.Module):
    """Weighted soft attention (Goodall and Lee, eq. 2-4): the mean over heads of sum_j a_j g(.).

    The attention a_j is in proportion to fraction_j^p exp(f(.)), with one learned power p per head. Between
    elements, f and g see the pair (i, j) and there is a result for each element i; in pooling they see j alone and
    there is one for each formula. f and g have one hidden layer with LeakyReLU.
    """

    def __init__(self, features: int, heads: int, hidden: int, pairs: bool):
        super().__init__()
        self.heads, self.hidden = heads, hidden
        inputs = 2 * features if pairs else features
        # Hidden layers of all gates, then of all messages; a pair's first half and second half apart.
        self.other = nn.Linear(features, 2 * heads * hidden)
        self.own = nn.Linear(features, 2 * heads * hidden, bias=False) if pairs else None
        self.gate = nn.Parameter(torch.empty(heads, hidden))
        self.message = nn.Parameter(torch.empty(features, heads * hidden))
        self.bias = nn.Parameter(torch.empty(heads, features))
        self.power = nn.Parameter(torch.randn(heads))
        # As torch would draw them for the layers before they were rearranged.
        for parameter in (self.other.weight, self.other.bias, *(self.own.parameters() if self.own else ())):
            nn.init.uniform_(parameter, -(inputs**-0.5), inputs**-0.5)
        for parameter in (self.gate, self.message, self.bias):
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5)

    def forward(self, x: Tensor, log_fractions: Tensor, packing: Packing) -> Tensor:
        """Elements (T, features) and the logs of their fractions (T,) to (T, features), or (B, features)."""
        other = packing.split(self.other(x))  # blocks of (n, k, 2 * heads * hidden)
        own = packing.split(self.own(x)) if self.own is not None else [None] * len(other)
        amounts = packing.split(log_fractions)  # blocks of (n, k)
        mixed = torch.cat(
            [self._mix(*block) for block in zip(own, other, amounts, strict=True)]
        )  # (T or B, heads * hidden)
        mixed = F.linear(mixed, self.message) / self.heads + self.bias.mean(dim=0)
        return mixed if self.own is not None else mixed.index_select(0, packing.places)

    def _mix(self, own: Tensor | None, other: Tensor, amounts: Tensor) -> Tensor:
        """The hidden messages of one block, weighted and summed over j: (n * i, heads * hidden)."""
        # With pairs i runs over the k elements; in pooling it has one value.
        pairs = (
            other[:, None] if own is None else own[:, :, None] + other[:, None]
        )  # (n, i, k, 2 * heads * hidden)
        pairs = F.leaky_relu(pairs).unflatten(3, (2, self.heads, self.hidden))
        gates, messages = pairs.unbind(3)  # (n, i, k, heads, hidden) each
        logits = (gates * self.gate).sum(dim=4) + amounts[:, None, :, None] * self.power  # (n, i, k, heads)
        share = logits.softmax(dim=2)
        return (share[..., None] * messages).sum(dim=2).flatten(2).flatten(0, 1)


class ResidualNetwork(nn.Module):
    """Hidden layers `activation(A x + b) + C x`, where C is the identity if the width stays the same.

    Args:
        widths: of the input and of every layer.
        activation: of every layer.
    """

    def __init__(self, widths: Sequence[int], activation: nn.Module):
        super().__init__()
        self.width = widths[-1]
        self.activation = activation
        steps = list(pairwise(widths))
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in steps)
        self.skips = nn.ModuleList(nn.Identity() if a == b else nn.Linear(a, b, bias=False) for a, b in steps)

    def forward(self, x: Tensor) -> Tensor:
        for layer, skip in zip(self.layers, self.skips, strict=True):
            x = self.activation(layer(x)) + skip(x)
        return x
