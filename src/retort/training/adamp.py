"""AdamP (Heo et al. 2021, arXiv 2006.08217): Adam that does not lengthen weights whose length means nothing.

Behind a normalisation only the direction of a weight counts. Momentum keeps lengthening it, which slows its turning
down; AdamP takes the part of the step along the weight away where gradient and weight are nearly orthogonal, as they
are for such weights.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


class AdamP(torch.optim.Optimizer):
    """Adam with decoupled weight decay and the projection; defaults are the published ones.

    Args:
        params: weights or groups of them.
        lr, betas, eps, weight_decay: as of AdamW.
        delta: a weight is projected where the largest |cosine| with its gradient is below delta / sqrt(size).
        wd_ratio: share of the weight decay that projected weights keep.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        delta: float = 0.1,
        wd_ratio: float = 0.1,
    ):
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "delta": delta,
                "wd_ratio": wd_ratio,
            },
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._descend(weight, weight.grad, group)
        return loss

    def _descend(self, weight: Tensor, gradient: Tensor, group: dict) -> None:
        state = self.state[weight]
        if not state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"] = torch.zeros_like(weight)
            state["exp_avg_sq"] = torch.zeros_like(weight)
        state["step"] += 1
        step = int(state["step"])
        first, second = group["betas"]
        state["exp_avg"].lerp_(gradient, 1 - first)
        state["exp_avg_sq"].mul_(second).addcmul_(gradient, gradient, value=1 - second)
        spread = state["exp_avg_sq"].sqrt().div_(math.sqrt(1 - second**step)).add_(group["eps"])
        change = state["exp_avg"] / spread
        ratio = 1.0
        if weight.ndim > 1:
            change, ratio = _projected(weight, gradient, change, group)
        if group["weight_decay"] > 0:
            weight.mul_(1 - group["lr"] * group["weight_decay"] * ratio)
        weight.add_(change, alpha=-group["lr"] / (1 - first**step))


def _projected(weight: Tensor, gradient: Tensor, change: Tensor, group: dict) -> tuple[Tensor, float]:
    """The change without its part along the weight, by rows or as a whole, and what weight decay is multiplied with."""
    for rows in (len(weight), 1):
        flat = weight.reshape(rows, -1)
        cosine = F.cosine_similarity(gradient.reshape(rows, -1), flat, dim=1, eps=group["eps"]).abs()
        if float(cosine.max()) < group["delta"] / math.sqrt(flat.shape[1]):
            along = flat / (flat.norm(dim=1, keepdim=True) + group["eps"])
            moved = change.reshape(rows, -1)
            moved = moved - along * (along * moved).sum(dim=1, keepdim=True)
            return moved.view_as(weight), group["wd_ratio"]
    return change, 1.0
