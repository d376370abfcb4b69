"""A RoBERTa encoder of tokens, its states averaged over those that are no padding."""

import torch
from torch import Tensor

from retort.nn.backbone import Backbone
from retort.nn.roberta import Roberta
from retort.nn.tokens import SMILES, TokenBatch, Vocabulary


class Transformer(Backbone):
    """Strings to vectors. Weights come from torch's global generator.

    Args:
        width: of states and output, a multiple of `heads`; the feed-forward layers are four times as wide.
        layers, heads: of the encoder.
        longest: most tokens of a string, start and end included.
        dropout: of states. Attention weights have none: torch's fast kernel on a CPU knows none.
        vocabulary: of the strings.
    """

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int,
        longest: int,
        dropout: float = 0.0,
        vocabulary: Vocabulary = SMILES,
    ):
        super().__init__()
        if width % heads:
            raise ValueError(
                f"{width=} is no multiple of {heads=}. Hint: change one of them in the run's settings."
            )
        # Position 0 is that of padding.
        self.roberta = Roberta(vocabulary.size, longest + 1, width, layers, heads, dropout)
        self.vocabulary = vocabulary
        self.width = width
        self.longest = longest

    def forward(self, batch: TokenBatch) -> Tensor:
        """M strings to (M, width)."""
        real = batch.real[:, :, None]
        return (self.states(batch) * real).sum(dim=1) / real.sum(dim=1)

    def states(self, batch: TokenBatch) -> Tensor:
        """The last layer's states, (M, L, width); those of padding mean nothing."""
        return self.roberta(*self._inputs(batch))

    def _inputs(self, batch: TokenBatch) -> tuple[Tensor, Tensor, Tensor | None]:
        """Tokens, their positions, and where there is no padding."""
        length = batch.tokens.shape[1]
        if length > self.longest:
            raise ValueError(
                f"{length} tokens, expected {self.longest=} at most. Hint: batch with that length."
            )
        real = batch.real
        positions = torch.arange(1, length + 1, device=real.device) * real
        return batch.tokens, positions, None if bool(real.all()) else real
