"""Dropout whose random numbers cost little on a CPU."""

import torch
from torch import Tensor, nn

LEVELS = 2**16  # the rate is rounded to a multiple of one by so many


class QuickDropout(nn.Module):
    """`torch.nn.Dropout` with four decisions from every 64-bit draw of the global generator.

    torch draws a double for every element on a CPU, which costs more than the matrix product before it; here a
    decision is 16 bits, so that the rate is off by at most 1/131072, and kept values are scaled by the rate as
    rounded: the expectation is exact. Its only state is the global generator, as that of torch's own.

    Args:
        rate: share of the elements that become 0, at least 0 and below 1.

    Raises:
        ValueError: another rate.
    """

    def __init__(self, rate: float):
        super().__init__()
        if not 0 <= rate < 1:
            raise ValueError(f"dropout {rate}, expected at least 0 and below 1. Hint: 0 drops nothing.")
        self.rate = rate
        self.dropped = round(rate * LEVELS)

    def forward(self, values: Tensor) -> Tensor:
        """Values of any shape; the same ones in `eval` mode."""
        if not self.training or not self.dropped:
            return values
        return values * mask(values, self.dropped)

    def extra_repr(self) -> str:
        return f"rate={self.rate}"


def mask(values: Tensor, dropped: int) -> Tensor:
    """Of the shape and type of the values: 0 with probability `dropped / LEVELS`, else what keeps the expectation."""
    words = torch.empty(-(-values.numel() // 4), dtype=torch.int64, device=values.device)
    words.random_(-(2**63), None)  # all 64 bits
    decided = words.view(torch.int16)[: values.numel()].view(values.shape)
    # As signed numbers, the lowest `dropped` of all levels.
    kept = decided >= dropped - LEVELS // 2
    return kept.to(values.dtype).mul_(LEVELS / (LEVELS - dropped))
