"""PrecursorSelector (He et al., Sci. Adv. 9, eadg8180, 2023): one vector per target, two things to do with it.

A target's composition becomes a unit vector. From that vector and the precursors that are already chosen, an
attention block scores every precursor of the vocabulary (masked precursor completion, MPC); from the vector
alone, a decoder recovers the composition. At test time the vectors also say which known materials are near.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.studies.precursors.data import NONE


class Selector(nn.Module):
    """The whole model.

    With the published sizes (83 elements, 417 precursors, 82 decoded elements, width 32) it has 27,734 parameters.

    Args:
        elements: E, length of a composition vector, or with `vectors` F, length of theirs.
        precursors: V, size of the vocabulary.
        decoded: elements that the decoder recovers (those of the training targets).
        width: d, of everything.
        dropout: inside the attention block, while training.
        vectors: (E, F) a fixed vector of each element, by which the encoder sees a composition as the sum of those of
            its elements; None for a place of its own for each element, as published.
    """

    vectors: Tensor | None

    def __init__(
        self,
        elements: int,
        precursors: int,
        decoded: int,
        width: int = 32,
        dropout: float = 0.1,
        vectors: Tensor | None = None,
    ):
        super().__init__()
        self.register_buffer("vectors", vectors)
        # An absent element enters as this value rather than as zero, which no weight could see.
        self.shift = nn.Parameter(torch.tensor(-1.0))
        self.encoder = nn.Sequential(
            nn.Linear(elements, width),
            nn.GELU("tanh"),
            nn.Linear(width, width),
            nn.GELU("tanh"),
            nn.Linear(width, width),
            nn.GELU("tanh"),
        )
        # One table, used twice: what a chosen precursor says, and what a wanted precursor is compared with.
        self.table = nn.Parameter(torch.empty(precursors, width))
        self.bias = nn.Parameter(torch.zeros(precursors))
        self.context = ContextBlock(width, dropout)
        self.decoder = nn.Linear(width, decoded)
        # log sigma^2 of the two tasks, in the order completion, composition (S1).
        self.log_variance = nn.Parameter(torch.zeros(2))
        nn.init.xavier_uniform_(self.table)
        for layer in (*self.encoder, self.decoder):
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def encode(self, fractions: Tensor) -> Tensor:
        """Atomic fractions (B, E) to unit vectors (B, d)."""
        shifted = fractions + self.shift * (fractions == 0)
        seen = shifted if self.vectors is None else shifted @ self.vectors  # (B, E) or (B, F)
        return F.normalize(self.encoder(seen), dim=1)  # (B, d)

    def complete(self, vectors: Tensor, chosen: Tensor) -> Tensor:
        """Score every precursor for targets of which some precursors are already chosen.

        Args:
            vectors: (B, d) from `encode`.
            chosen: (B, W) rows of the vocabulary; `NONE` (hidden, unknown or absent) leaves no trace.

        Returns:
            (B, V) logits within [-10, 10]. Trained by the circle loss: about 1 for a member of the set, 0 otherwise.
        """
        visible = chosen != NONE  # (B, W)
        embedded = self.table[chosen.clamp(min=0)]  # (B, W, d)
        summary = self.context(vectors, embedded, visible)  # (B, d)
        return (summary @ self.table.T + self.bias).clamp(-10.0, 10.0)  # (B, V)

    def recover(self, vectors: Tensor) -> Tensor:
        """Vectors (B, d) to the recovered atomic fractions (B, decoded)."""
        return torch.sigmoid(self.decoder(vectors))


class ContextBlock(nn.Module):
    """One post-norm transformer layer with one head, evaluated at the position of the target only.

    Only that position is read and there is no second layer, so the queries and the feed-forward of the other
    positions would be thrown away; leaving them out changes nothing.
    """

    def __init__(self, width: int, dropout: float):
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.mix = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, eps=1e-12)
        self.wide = nn.Linear(width, width)
        self.narrow = nn.Linear(width, width)
        self.output_norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.query, self.key, self.value, self.mix, self.wide, self.narrow):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)

    def forward(self, vectors: Tensor, others: Tensor, visible: Tensor) -> Tensor:
        """Vectors (B, d), others (B, W, d) and which of them are visible (B, W) to a summary (B, d)."""
        tokens = torch.cat([vectors[:, None], others], dim=1)  # (B, 1 + W, d)
        query = self.query(vectors)[:, :, None]  # (B, d, 1)
        match = (self.key(tokens) @ query).squeeze(2) * vectors.shape[1] ** -0.5  # (B, 1 + W)
        hidden = F.pad(~visible, (1, 0))  # the target always sees itself
        share = self.dropout(match.masked_fill(hidden, -torch.inf).softmax(dim=1))  # (B, 1 + W)
        seen = (share[:, None] @ self.value(tokens)).squeeze(1)  # (B, d)
        seen = self.attention_norm(vectors + self.dropout(self.mix(seen)))
        deeper = self.narrow(F.gelu(self.wide(seen), approximate="tanh"))
        return self.output_norm(seen + self.dropout(deeper))  # (B, d)
