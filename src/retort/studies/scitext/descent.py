"""How fine-tuning follows the gradient: four optimisers, three schedules, rates for encoder and heads (Fig. 4).

Three of the optimisers are torch's. Its RAdam differs from Liu et al. 2020 in the first five steps, where the variance
of the adaptive rate is not defined: torch takes a step of plain momentum, theirs (and the source's copy) takes none.
With gradients clipped to 5 such a step is at most five times the rate long. What the source calls RAdam without a
scheduler is, in its released configuration, RAdam with the slanted triangle; here both can be run.
"""

import math
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler

from retort.training.adamp import AdamP
from retort.training.loop import Descent

OPTIMISERS: dict[str, Callable[[list[dict]], torch.optim.Optimizer]] = {
    # Weight decay of Adam is a term of the loss, that of the others is apart from the gradient.
    "adam": lambda groups: torch.optim.Adam(groups, fused=True),
    "adamw": lambda groups: torch.optim.AdamW(groups, fused=True),
    "adamp": lambda groups: AdamP(groups),
    "radam": lambda groups: torch.optim.RAdam(groups, decoupled_weight_decay=True, foreach=True),
}
CUT, RATIO = 0.1, 32  # of the slanted triangle: share of the steps that it rises, highest over lowest rate
RISE = 0.1  # of the warm-up: 5 of 50 epochs


def slanted(step: int, steps: int) -> float:
    """The slanted triangle (Howard & Ruder 2018) as AllenNLP has it, as a share of the highest rate."""
    cut = max(1, int(steps * CUT))
    height = step / cut if step < cut else 1 - (step - cut) / max(1, steps - cut)
    return (1 + max(0.0, height) * (RATIO - 1)) / RATIO


def warm(step: int, steps: int) -> float:
    """A straight rise, then a straight fall to nothing: a polynomial of degree one."""
    rise = max(1, math.ceil(steps * RISE))
    return (step + 1) / rise if step < rise else max(0.0, (steps - step) / max(1, steps - rise))


SCHEDULES: dict[str, Callable[[int, int], float]] = {
    "slanted": slanted,
    "warmup": warm,
    "none": lambda step, steps: 1.0,
}


class Shares(LRScheduler):
    """The rate of every group times a function of the step; the state is the step alone."""

    def __init__(self, optimizer: torch.optim.Optimizer, share: Callable[[int], float]):
        self.share = share
        super().__init__(optimizer)

    def get_lr(self) -> list[float | Tensor]:
        return [rate * self.share(self.last_epoch) for rate in self.base_lrs]

    def state_dict(self) -> dict:
        """Without the function, which is no state."""
        return {name: value for name, value in super().state_dict().items() if name != "share"}


def descent(encoder: nn.Module, heads: nn.Module, settings: Mapping, steps: int) -> Descent:
    """The optimiser of an encoder and the heads on it, with its schedule.

    Args:
        heads: all that is learned besides the encoder; it may hold the encoder as a part.
        settings: `optimiser`, `schedule`, `learning_rate` and `weight_decay` of the encoder, `head_rate`, `clip`, the
            largest norm of the gradient of both together. Heads, biases and norms do not decay.
        steps: of the whole training.

    Raises:
        ValueError: an unknown optimiser or schedule.
    """
    for key, known in (("optimiser", OPTIMISERS), ("schedule", SCHEDULES)):
        if settings[key] not in known:
            raise ValueError(
                f"training.{key} {settings[key]!r}, expected one of {', '.join(known)}. "
                "Hint: see settings.schema.yaml."
            )
    own = learned(encoder.parameters())
    there = {id(weight) for weight in own}
    others = [weight for weight in learned(heads.parameters()) if id(weight) not in there]
    rate, decay = settings["learning_rate"], settings["weight_decay"]
    groups = [
        {"params": [weight for weight in own if weight.ndim > 1], "lr": rate, "weight_decay": decay},
        {"params": [weight for weight in own if weight.ndim <= 1], "lr": rate, "weight_decay": 0.0},
        {"params": others, "lr": settings["head_rate"], "weight_decay": 0.0},
    ]
    optimizer = OPTIMISERS[settings["optimiser"]]([group for group in groups if group["params"]])

    def clip(*_: object) -> None:
        nn.utils.clip_grad_norm_([*own, *others], settings["clip"])

    # The loop of all studies does not clip; the optimiser itself can.
    optimizer.register_step_pre_hook(clip)
    share = SCHEDULES[settings["schedule"]]
    return Descent(optimizer, Shares(optimizer, lambda step: share(step, steps)))


def learned(weights: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    """Those that a gradient reaches."""
    return [weight for weight in weights if weight.requires_grad]
