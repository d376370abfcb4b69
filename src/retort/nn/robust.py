"""The students' loss, in which a prediction says how far off it may be, and what its sigma means.

A student gives a mean m and a log standard deviation s. RobustL1, the published choice of CrabNet and Roost, is the
negative log-likelihood of the label, up to a constant, under a Laplace distribution, so sigma = exp(s) is a standard
deviation. The factor sqrt(2) is what makes it that instead of the scale b = sigma / sqrt(2), and its intervals are
narrower in the middle and wider in the tails than those of a normal distribution: 68 % within 0.81 sigma, 95 %
within 2.12. For a standardised property, both m and sigma are multiplied by the property's training standard deviation.
"""

import math

import numpy as np
import torch
from torch import Tensor


def robust_l1(output: Tensor, target: Tensor) -> Tensor:
    """Mean over the batch of sqrt(2) |y - m| exp(-s) + s: output (B, 2) = (m, s) and targets (B,) to a scalar."""
    mean, log_std = output.unbind(dim=1)
    return (math.sqrt(2) * (target - mean).abs() * torch.exp(-log_std) + log_std).mean()


def half_width(level: np.ndarray | float) -> np.ndarray:
    """Half the width, in sigmas, of the central interval that holds the share `level` in [0, 1) of all values."""
    return -np.log1p(-np.asarray(level, dtype=np.float64)) / math.sqrt(2)


def log_likelihood(error: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Log of the density at the value, for `error` = value - mean; natural units of 1 / (unit of the value)."""
    return -math.sqrt(2) * np.abs(error) / sigma - np.log(math.sqrt(2) * sigma)
