"""Masked reactions: which precursors of a set the model is shown, and how reactions are drawn."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from retort.studies.precursors.data import NONE, Archive
from retort.training.seeding import generator

MASKS = ("random", "static", "nothing", "everything")
# The step of the generator that draws static masks; no step of a training is below zero.
BEFORE = -1
# The published validation has 3,320 masked reactions for its 2,254 reactions.
VALIDATION_SHARE = 3320 / 2254


@dataclass(frozen=True)
class Masked:
    """B masked reactions.

    Attributes:
        fractions: (B, E) composition of the targets.
        decoded: (B, D) the same, elements of the training targets only: what the decoder is to recover.
        shown: (B, W) rows of the vocabulary that the model sees, else `NONE`.
        members: (B, V) the whole set, shown or not.
    """

    fractions: Tensor
    decoded: Tensor
    shown: Tensor
    members: Tensor


class Reactions:
    """The reactions of one part, drawn in proportion to their weight.

    Args:
        vocabulary: (V,) precursors the model knows.
        decoded: (D,) elements the decoder recovers.
        mask: what is hidden of a set: `random` (1 to all of its precursors, anew each time that it is drawn),
            `static` (the same, once and for all), `nothing` or `everything`.
        device: where batches go.
        seed: of static masks.
    """

    def __init__(
        self,
        archive: Archive,
        part: str,
        *,
        vocabulary: np.ndarray,
        decoded: np.ndarray,
        mask: str,
        device: torch.device,
        seed: int = 0,
    ):
        if mask not in MASKS:
            raise ValueError(f"{mask=} is not one of {', '.join(MASKS)}")
        rows = archive.part == part
        position = np.full(len(archive.precursors) + 1, NONE)  # the last entry is where NONE points
        position[vocabulary] = np.arange(len(vocabulary))
        self.size, self.mask, self.device = int(rows.sum()), mask, device
        self.target = torch.from_numpy(archive.target[rows])
        self.real = torch.from_numpy(archive.sets[rows] != NONE)  # (N, W)
        self.known = torch.from_numpy(position[archive.sets[rows]])  # (N, W) rows of the vocabulary
        self.reach = torch.from_numpy(np.cumsum(archive.weight[rows]))
        self.fractions = torch.from_numpy(archive.target_fractions)
        self.decoded = torch.from_numpy(decoded)
        self.precursors = len(vocabulary)
        self.fixed = some(self.real, generator(seed, BEFORE)) if mask == "static" else None

    def draw(self, count: int, seed: int, step: int) -> Masked:
        """`count` reactions with fresh masks: a pure function of `(seed, step)`."""
        source = generator(seed, step)
        point = torch.rand(count, generator=source, dtype=torch.float64) * self.reach[-1]
        row = torch.searchsorted(self.reach, point).clamp(max=self.size - 1)
        known = self.known[row]  # (B, W)
        hidden = self._hidden(row, source)
        members = torch.zeros(count, self.precursors + 1, dtype=torch.bool)
        # What is not in the vocabulary lands in a last column, which is cut off.
        members.scatter_(1, known.where(known != NONE, self.precursors), True)
        fractions = self.fractions[self.target[row]]
        masked = Masked(
            fractions, fractions[:, self.decoded], known.masked_fill(hidden, NONE), members[:, :-1]
        )
        return Masked(*(tensor.to(self.device) for tensor in vars(masked).values()))

    def _hidden(self, row: Tensor, source: torch.Generator) -> Tensor:
        """(B, W) which precursors of the drawn reactions are hidden."""
        if self.fixed is not None:
            return self.fixed[row]
        if self.mask == "random":
            return some(self.real[row], source)
        return torch.full_like(self.real[row], self.mask == "everything")


def some(real: Tensor, source: torch.Generator) -> Tensor:
    """(B, W) of the n precursors of a set (B, W) the first 1..n of a random order, each number equally likely."""
    hide = 1 + (torch.rand(len(real), generator=source) * real.sum(dim=1)).long()
    order = torch.rand(real.shape, generator=source).masked_fill(~real, 2.0).argsort(dim=1).argsort(dim=1)
    return order < hide[:, None]
