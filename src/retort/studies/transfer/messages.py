"""What the structure models share: bases for lengths and angles, sums over bonds, the edge gate, pooling."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

EPSILON = 1e-6  # in the denominator of the gated mean, as published


class GaussianBasis(nn.Module):
    """Gaussians at equal distances: exp(-((x - centre) / spread)^2).

    Args:
        low, high: first and last centre.
        size: how many.
        spread: of each; by default as far as they are apart.
    """

    centres: Tensor

    def __init__(self, low: float, high: float, size: int, spread: float | None = None):
        super().__init__()
        self.register_buffer("centres", torch.linspace(low, high, size), persistent=False)
        self.scale = 1 / spread if spread else (size - 1) / (high - low)

    def forward(self, values: Tensor) -> Tensor:
        """(N,) to (N, size)."""
        exponent = (values[:, None] - self.centres).mul_(self.scale).square_().neg_()
        return exponent.clamp_(min=-30.0).exp_()  # 1e-13 is zero enough; far below, arithmetic becomes slow


def gated_mean(
    receiver: Tensor,
    sender: Tensor,
    edge: Tensor,
    value: Tensor,
    source: Tensor,
    target: Tensor,
    count: Tensor,
) -> tuple[Tensor, Tensor]:
    """The edge gate (Bresson and Laurent, arXiv 1711.07553; normalised as in ALIGNN).

    m_e = receiver[target_e] + sender[source_e] + edge_e, and for every receiver t, over the edges e into it:
    mean_t = sum_e count_e sigmoid(m_e) value[source_e] / (sum_e count_e sigmoid(m_e) + 1e-6).

    Written out with its derivative, because its cost is that of reading and writing arrays of the size of the edges:
    autograd would keep twice as many of them.

    Args:
        receiver, sender, value: (N, W).
        edge: (E, W), overwritten by the result.
        source, target: (E,) int64.
        count: (E,).

    Returns:
        m (E, W) and mean (N, W).
    """
    return _GatedMean.apply(receiver, sender, edge, value, source, target, count)


class _GatedMean(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        receiver: Tensor,
        sender: Tensor,
        edge: Tensor,
        value: Tensor,
        source: Tensor,
        target: Tensor,
        count: Tensor,
    ) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        ctx.mark_dirty(edge)
        logit = edge.add_(receiver.index_select(0, target)).add_(sender.index_select(0, source))  # (E, W)
        gate = torch.sigmoid(logit)
        weight = gate * count[:, None]
        total = torch.zeros_like(receiver).index_add_(0, target, weight).add_(EPSILON)  # (N, W)
        message = weight.mul_(value.index_select(0, source))
        mean = torch.zeros_like(receiver).index_add_(0, target, message).div_(total)
        ctx.save_for_backward(gate, value, total, mean, source, target, count)
        return logit, mean

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_logit: Tensor | None, to_mean: Tensor | None) -> tuple[Tensor | None, ...]:
        gate, value, total, mean, source, target, count = ctx.saved_tensors
        if to_mean is None:
            to_mean = torch.zeros_like(mean)
        share = (to_mean / total).index_select(0, target).mul_(count[:, None])  # (E, W)
        # d mean_t / d weight_e = (value_e - mean_t) / total_t, and d sigmoid = gate (1 - gate)
        slope = value.index_select(0, source).sub_(mean.index_select(0, target))
        share.mul_(gate)
        to_value = torch.zeros_like(value).index_add_(0, source, share)
        gradient = slope.mul_(share).addcmul_(slope, gate, value=-1)
        if to_logit is not None:
            gradient.add_(to_logit)
        to_receiver = torch.zeros_like(mean).index_add_(0, target, gradient)
        to_sender = torch.zeros_like(mean).index_add_(0, source, gradient)
        return to_receiver, to_sender, gradient, to_value, None, None, None


class CountedNorm(nn.Module):
    """Batch normalisation of rows that stand for several equal ones each, then SiLU, then an optional residual.

    With all counts equal it is `nn.BatchNorm1d` and SiLU. Otherwise it does what these would do if every row were
    repeated as often as its count says, so that a merged graph trains as the whole one.

    Args:
        width: W.
        momentum: of the running statistics.
        epsilon: added to the variance.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, width: int, momentum: float = 0.1, epsilon: float = 1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))
        self.momentum, self.epsilon = momentum, epsilon

    def forward(self, rows: Tensor, counts: Tensor, residual: Tensor | None = None) -> Tensor:
        """Rows (N, W) with counts (N,), and the residual (N, W), to (N, W)."""
        if not self.training:
            scale = self.weight * (self.variance + self.epsilon).rsqrt()
            result = F.silu(torch.addcmul(self.bias - self.mean * scale, rows, scale))
            return result if residual is None else residual + result
        number = counts.sum()
        share = counts / number
        with torch.no_grad():
            mean = share @ rows
            variance = share @ (rows - mean).square_()
            self.mean.lerp_(mean, self.momentum)
            self.variance.lerp_(variance * (number / (number - 1).clamp(min=1.0)), self.momentum)
        inverse = (variance + self.epsilon).rsqrt()
        return _NormAct.apply(rows, self.weight, self.bias, mean, inverse, share, residual)


class _NormAct(torch.autograd.Function):
    """residual + SiLU(weight * (rows - mean) * inverse + bias), `mean` and `inverse` being functions of `rows`."""

    @staticmethod
    def forward(
        ctx: Any,
        rows: Tensor,
        weight: Tensor,
        bias: Tensor,
        mean: Tensor,
        inverse: Tensor,
        share: Tensor,
        residual: Tensor | None,
    ) -> Tensor:
        scale = weight * inverse
        shifted = torch.addcmul(bias - mean * scale, rows, scale)  # (N, W)
        gate = torch.sigmoid(shifted)
        ctx.save_for_backward(rows, weight, mean, inverse, share, shifted, gate)
        ctx.residual = residual is not None
        return shifted * gate if residual is None else torch.addcmul(residual, shifted, gate)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight, mean, inverse, share, shifted, gate = ctx.saved_tensors
        # SiLU' = gate (1 + shifted (1 - gate))
        slope = torch.addcmul(shifted, shifted, gate, value=-1).add_(1.0).mul_(gate).mul_(gradient)  # (N, W)
        to_bias = slope.sum(0)
        to_weight = ((slope * rows).sum(0) - mean * to_bias) * inverse  # sum of slope * normalised rows
        # to_rows = scale (slope - share (to_bias + normalised rows * to_weight)), with the last bracket linear in rows
        scale = weight * inverse
        tilt = scale * inverse * to_weight
        level = scale * to_bias - mean * tilt
        to_rows = slope.mul_(scale).sub_(torch.addcmul(level, rows, tilt).mul_(share[:, None]))
        return to_rows, to_weight, to_bias, None, None, None, gradient if ctx.residual else None


def pooled(states: Tensor, atoms: Tensor, crystal: Tensor, size: int) -> Tensor:
    """The mean over the atoms of each crystal: states (K, W) of kinds of atoms with their counts to (size, W)."""
    total = states.new_zeros(size).index_add_(0, crystal, atoms)
    share = atoms / total.index_select(0, crystal)
    return states.new_zeros(size, states.shape[1]).index_add_(0, crystal, states * share[:, None])
