"""Losses of a network that predicts a normal distribution: a mean m and a log variance s."""

import torch
from torch import Tensor


def noisy_error(mean: Tensor, log_variance: Tensor, target: Tensor) -> Tensor:
    """Mean of (y - m)^2 exp(-s) + s: twice the negative log-likelihood of the targets (B,), up to a constant."""
    return ((target - mean) ** 2 * torch.exp(-log_variance) + log_variance).mean()


def symmetric_kl(
    mean: Tensor, log_variance: Tensor, other_mean: Tensor, other_log_variance: Tensor
) -> Tensor:
    """Mean over B pairs of the mean of both Kullback-Leibler divergences between two normal distributions, in nats.

    With d the difference of the means, ((v + d^2) / w + (w + d^2) / v - 2) / 4. All arguments are (B,).
    """
    square = (mean - other_mean) ** 2
    ratio = log_variance - other_log_variance
    one = torch.exp(ratio) + square * torch.exp(-other_log_variance)
    other = torch.exp(-ratio) + square * torch.exp(-log_variance)
    return ((one + other - 2) / 4).mean()
