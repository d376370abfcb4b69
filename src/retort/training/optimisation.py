"""Optimisers and schedules that more than one training has; schedules are functions of the step, 0 ... steps - 1."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler


def clipped_adamw(model: nn.Module, rate: float, decay: float, norm: float) -> torch.optim.AdamW:
    """AdamW without weight decay on biases, norms and other vectors, after clipping the gradient to a `norm`."""
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in learned if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW([group for group in groups if group["params"]], lr=rate, fused=True)

    def clip(*_: object) -> None:
        nn.utils.clip_grad_norm_(learned, norm)

    # The loop of all studies does not clip; the optimiser itself can.
    optimizer.register_step_pre_hook(clip)
    return optimizer


class Schedule(LRScheduler):
    """Learning rate and weight decay as functions of the step; the state is the step alone.

    Groups whose weight decay is 0 keep it.

    Args:
        rate, decay: value at steps 0, 1, ...
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        rate: Callable[[int], float],
        decay: Callable[[int], float],
    ):
        self.rate = rate
        self.decay = decay
        super().__init__(optimizer)

    def get_lr(self) -> list[float | Tensor]:
        return [self.rate(self.last_epoch)] * len(self.optimizer.param_groups)

    def step(self, epoch: int | None = None) -> None:
        super().step(epoch)
        for group in self.optimizer.param_groups:
            if group["weight_decay"] > 0:
                group["weight_decay"] = self.decay(self.last_epoch)

    def state_dict(self) -> dict:
        """Without the functions, which are no state."""
        state = super().state_dict()
        return {name: value for name, value in state.items() if name not in ("rate", "decay")}


def cosine(step: int, steps: int, first: float, last: float) -> float:
    """From `first` at step 0 to `last` at step `steps - 1`, along half a cosine."""
    done = min(step / max(steps - 1, 1), 1.0)
    return last + 0.5 * (first - last) * (1 + math.cos(math.pi * done))


def warmed_up(step: int, steps: int, peak: float, warmup: float, last: float = 1e-6) -> float:
    """A straight rise to `peak` over the share `warmup` of the steps, then a cosine to `last`."""
    rise = round(warmup * steps)
    if step < rise:
        return peak * (step + 1) / rise
    return cosine(step - rise, steps - rise, peak, min(last, peak))


def noam_like(step: int, warmup: int, cooldown: int, first: float, peak: float, last: float) -> float:
    """Chemprop's schedule, as a multiple of the rate `first`, which is that of step 0.

    A straight rise to `peak` over `warmup` steps, then an exponential fall to `last` over `cooldown` steps.
    """
    if step < warmup:
        return step * ((peak - first) / warmup) / first + 1
    if step < warmup + cooldown:
        return peak * ((last / peak) ** (1 / cooldown)) ** (step - warmup) / first
    return last / first
