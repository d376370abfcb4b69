"""The language model of a pre-training: an encoder with its decoder, the last weights, and the loss of both."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.nn.mask_decoder import LanguageHead
from retort.studies.scitext.encoder import Encoder
from retort.studies.scitext.hiding import Hidden


@dataclass(frozen=True)
class Following:
    """Windows (M, L) of which each piece but the first is to be told from those before it."""

    pieces: Tensor

    def to(self, device: torch.device | str) -> "Following":
        """The same on a device."""
        return Following(self.pieces.to(device))


class LanguageModel(nn.Module):
    """An encoder that guesses pieces.

    Args:
        encoder: which has the decoder that it shall have.
        logarithms: (vocabulary,) with which the bias begins; see `LanguageHead`.
    """

    def __init__(self, encoder: Encoder, logarithms: Tensor):
        super().__init__()
        self.encoder = encoder
        self.head = LanguageHead(encoder.width, logarithms)

    def losses(self, batch: Hidden | Following) -> Tensor:
        """Cross-entropy, in nats, of every piece to be guessed: (M, Q) of the hidden, (M, L - 1) of the following."""
        if isinstance(batch, Hidden):
            states, answers = self.encoder.guesses(batch.seen, batch.places), batch.answers
        else:
            states = self.encoder.states(batch.pieces, causal=True)[:, :-1]
            answers = batch.pieces[:, 1:]
        logits = self.head(states.flatten(0, 1), self.encoder.embeddings)
        return F.cross_entropy(logits, answers.flatten(), reduction="none").view(answers.shape)


def language_loss(model: LanguageModel, batch: Hidden | Following) -> dict[str, Tensor]:
    """`total` and, by its name in the history, `loss`: nats per piece that is guessed."""
    mean = model.losses(batch).mean()
    return {"total": mean, "loss": mean}
