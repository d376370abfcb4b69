"""Strings as padded token numbers, which is what a transformer reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from retort.chemistry import smiles_tokens

PAD = 0  # in every vocabulary


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of an alphabet, by number; 0 is padding.

    Attributes:
        size: number of tokens, special ones included.
        start, end, mask: special tokens.
        first: number of the first ordinary token; special ones come before it.
    """

    size: int
    start: int
    end: int
    mask: int
    first: int


SMILES = Vocabulary(
    len(smiles_tokens.VOCABULARY),
    smiles_tokens.START,
    smiles_tokens.END,
    smiles_tokens.MASK,
    len(smiles_tokens.SPECIAL),
)


@dataclass(frozen=True)
class TokenBatch:
    """M strings as token numbers.

    Attributes:
        tokens: (M, L) long, padded at the end with 0.
        truncated: how many strings were cut.
    """

    tokens: Tensor
    truncated: int = 0

    @property
    def count(self) -> int:
        return len(self.tokens)

    @property
    def real(self) -> Tensor:
        """(M, L) bool: where there is no padding."""
        return self.tokens != PAD

    def to(self, device: torch.device | str) -> "TokenBatch":
        return replace(self, tokens=self.tokens.to(device))

    @classmethod
    def of(cls, rows: Sequence[Sequence[int] | np.ndarray], truncated: int = 0) -> "TokenBatch":
        """The token numbers of some strings, as wide as the longest of them."""
        tokens = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
        for number, row in enumerate(rows):
            tokens[number, : len(row)] = row
        return cls(torch.from_numpy(tokens), truncated)


def smiles_batch(strings: Sequence[str], longest: int) -> TokenBatch:
    """SMILES to token numbers, `longest` of a string at most.

    Raises:
        TokenError: a string is no SMILES.
        ValueError: there is no string, or `longest` < 3.
    """
    if not strings:
        raise ValueError("a batch of no SMILES. Hint: leave empty parts out before batches are made.")
    rows = [smiles_tokens.encode(text, longest) for text in strings]
    # Only a string that fills the row can have been cut.
    full = [text for text, row in zip(strings, rows, strict=True) if len(row) == longest]
    return TokenBatch.of(rows, sum(smiles_tokens.length(text) > longest for text in full))
