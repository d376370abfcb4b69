"""Batches of formulas for the students: elements and fractions, packed so that nothing is spent on padding.

A formula has one to eight elements, most have three or four. `Formulas` is rectangular, which is how it is stored
and sliced; the models work on its `Packing`: one token per element that is there, formulas with as many elements
side by side. What acts on one token at a time sees no padding, and what compares the elements of a formula sees
dense blocks of (formulas, elements), with no mask.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

# Standard deviation of the relative error of an amount, as CrabNet assumes it while training.
JITTER = 0.02


@dataclass(frozen=True)
class Packing:
    """Where the T elements of B formulas lie once the formulas are sorted by their number of elements.

    Attributes:
        slots: (T,) position of each token in the flattened (B, M) arrays.
        places: (B,) where each formula went: `per_formula[places]` is in the order of the batch again.
        blocks: (formulas, elements in each) of every block of equally long formulas, ascending.
    """

    slots: Tensor
    places: Tensor
    blocks: tuple[tuple[int, int], ...]

    def split(self, tokens: Tensor) -> list[Tensor]:
        """Tokens (T, ...) as one dense array (formulas, elements, ...) per block."""
        pieces = tokens.split([formulas * elements for formulas, elements in self.blocks])
        return [piece.unflatten(0, block) for piece, block in zip(pieces, self.blocks, strict=True)]

    def mean(self, tokens: Tensor) -> Tensor:
        """The average over the elements of each formula: tokens (T, W) to (B, W), in the order of the batch."""
        means = torch.cat([piece.mean(dim=1) for piece in self.split(tokens)])
        return means.index_select(0, self.places)


@dataclass(frozen=True)
class Formulas:
    """B formulas of at most M elements.

    Attributes:
        numbers: (B, M) int64 atomic numbers, 0 = no element.
        fractions: (B, M) float32 atomic fractions; each row sums to one; 0 where there is no element.
    """

    numbers: Tensor
    fractions: Tensor

    @classmethod
    def from_arrays(cls, numbers: np.ndarray, fractions: np.ndarray) -> "Formulas":
        """From the arrays of the view `formulas`, or rows of them; columns that no formula needs are cut off.

        Raises:
            ValueError: the shapes differ, a row has no element, or an element has no fraction above zero.
        """
        numbers, fractions = np.asarray(numbers), np.asarray(fractions)
        if numbers.shape != fractions.shape or numbers.ndim != 2:
            raise ValueError(
                f"{numbers.shape=} and {fractions.shape=}, expected the same (formulas, elements). "
                "Hint: take the same rows of both arrays of the view `formulas`."
            )
        present = numbers > 0
        wrong = np.flatnonzero(~present.any(axis=1) | (present != (fractions > 0)).any(axis=1))
        if len(wrong):
            row = wrong[0]
            raise ValueError(
                f"formula {row} has numbers {numbers[row].tolist()} and fractions {fractions[row].tolist()}, "
                "expected at least one element, and a fraction above zero exactly where there is an element. "
                "Hint: rebuild the view `formulas`."
            )
        used = np.flatnonzero(present.any(axis=0))
        width = int(used[-1]) + 1 if len(used) else 0
        return cls(
            torch.from_numpy(numbers[:, :width].astype(np.int64)),
            torch.from_numpy(fractions[:, :width].astype(np.float32)),
        )

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def packing(self) -> Packing:
        """How the formulas lie once packed. Worked out once a batch, best before it goes to a GPU."""
        present = (self.numbers > 0).cpu().numpy()
        counts = present.sum(axis=1)
        order = np.argsort(counts, kind="stable")
        places = np.empty_like(order)
        places[order] = np.arange(len(order))
        row, column = np.nonzero(present[order])
        slots = order[row] * present.shape[1] + column
        lengths, formulas = np.unique(counts, return_counts=True)
        blocks = tuple(zip(formulas.tolist(), lengths.tolist(), strict=True))
        device = self.numbers.device
        return Packing(torch.from_numpy(slots).to(device), torch.from_numpy(places).to(device), blocks)

    def pack(self) -> tuple[Tensor, Tensor]:
        """Atomic numbers and fractions of the elements that are there: (T,) and (T,)."""
        slots = self.packing.slots
        return self.numbers.flatten()[slots], self.fractions.flatten()[slots]

    def to(self, device: torch.device | str) -> "Formulas":
        """The same formulas on another device, their packing with them."""
        packing = self.packing
        moved = Formulas(self.numbers.to(device), self.fractions.to(device))
        moved.__dict__["packing"] = Packing(
            packing.slots.to(device), packing.places.to(device), packing.blocks
        )
        return moved

    def jitter(self, generator: torch.Generator, amount: float = JITTER) -> "Formulas":
        """The same formulas with every amount off by a relative error N(0, `amount`), renormalised.

        CrabNet trains on such compositions; which elements are there never changes.
        """
        noise = torch.randn(self.fractions.shape, generator=generator).to(self.fractions.device)
        # An error of 40 standard deviations would be needed to meet the bound; it keeps elements in by force.
        disturbed = self.fractions * (1 + amount * noise).clamp(min=0.01)
        moved = Formulas(self.numbers, disturbed / disturbed.sum(dim=1, keepdim=True))
        moved.__dict__["packing"] = self.packing
        return moved
