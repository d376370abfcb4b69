"""The masked language model of RoBERTa (Liu et al. 2019): guess hidden tokens from those around them."""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.nn.tokens import PAD, SMILES, TokenBatch, Vocabulary
from retort.nn.transformer import Transformer


@dataclass(frozen=True)
class MaskedBatch:
    """Strings with tokens hidden.

    Attributes:
        corrupted: the strings as the model sees them.
        chosen: (M, L) bool, the places to be guessed.
        answers: (n,) long, the tokens that were there, row by row.
    """

    corrupted: TokenBatch
    chosen: Tensor
    answers: Tensor

    @property
    def count(self) -> int:
        return self.corrupted.count

    def to(self, device: torch.device | str) -> "MaskedBatch":
        return replace(
            self,
            corrupted=self.corrupted.to(device),
            chosen=self.chosen.to(device),
            answers=self.answers.to(device),
        )


def mask(
    batch: TokenBatch, share: float, generator: torch.Generator, vocabulary: Vocabulary = SMILES
) -> MaskedBatch:
    """Choose `share` of each string's tokens, rounded, but at least one; the start and the end are never chosen.

    Of the chosen, 80 % become the mask, 10 % another token drawn evenly from the vocabulary, 10 % stay.
    """
    tokens = batch.tokens
    open_ = (tokens != PAD) & (tokens != vocabulary.start) & (tokens != vocabulary.end)  # (M, L)
    lot = torch.rand(tokens.shape, generator=generator).masked_fill(~open_, 2)
    rank = lot.argsort(dim=1, stable=True).argsort(dim=1)
    wanted = (open_.sum(dim=1) * share).round().clamp(min=1)
    chosen = (rank < wanted[:, None]) & open_
    fate = torch.rand(tokens.shape, generator=generator)
    strangers = torch.randint(vocabulary.first, vocabulary.size, tokens.shape, generator=generator)
    seen = torch.where(chosen & (fate < 0.8), vocabulary.mask, tokens)
    seen = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), strangers, seen)
    return MaskedBatch(replace(batch, tokens=seen), chosen, tokens[chosen])


class MaskedLanguageModel(nn.Module):
    """States to logits of the vocabulary, with the token embeddings as the last weights (tied, as RoBERTa's are)."""

    def __init__(self, backbone: Transformer):
        super().__init__()
        self.backbone = backbone
        self.dense = nn.Linear(backbone.width, backbone.width)
        self.norm = nn.LayerNorm(backbone.width)
        self.bias = nn.Parameter(torch.zeros(backbone.vocabulary.size))

    def forward(self, batch: MaskedBatch) -> Tensor:
        """Logits (n, vocabulary) of the chosen places alone."""
        states = self.backbone.states(batch.corrupted)[batch.chosen]  # (n, width)
        embeddings = self.backbone.roberta.embeddings.word_embeddings.weight
        return F.linear(self.norm(F.gelu(self.dense(states))), embeddings, self.bias)


def masked_language_loss(model: MaskedLanguageModel, batch: MaskedBatch) -> dict[str, Tensor]:
    """`total`: cross-entropy of the chosen places, in nats; `accuracy`: the share guessed right."""
    logits = model(batch)
    right = (logits.argmax(dim=1) == batch.answers).float().mean()
    return {"total": F.cross_entropy(logits, batch.answers), "accuracy": right.detach()}
