"""A loss for predictions that say how far off they may be.

A model gives a mean m and a log standard deviation s. RobustL1, the published choice of CrabNet and Roost, is the
negative log-likelihood of the label, up to a constant, under a Laplace distribution, so sigma = exp(s) is a standard
deviation: the factor sqrt(2) is what makes it that instead of the scale b = sigma / sqrt(2). For a standardised
property, both m and sigma are multiplied by the property's training standard deviation. What such a sigma means is in
`retort.statistics.calibration`.
"""

import math

import torch
from torch import Tensor


def robust_l1(output: Tensor, target: Tensor) -> Tensor:
    """Mean over the batch of sqrt(2) |y - m| exp(-s) + s: output (B, 2) = (m, s) and targets (B,) to a scalar."""
    mean, log_std = output.unbind(dim=1)
    return (math.sqrt(2) * (target - mean).abs() * torch.exp(-log_std) + log_std).mean()
