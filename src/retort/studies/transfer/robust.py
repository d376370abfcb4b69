"""The students' losses, in which a prediction says how far off it may be, and what its sigma means.

A student gives a mean m and a log standard deviation s. Both losses are the negative log-likelihood of the value,
up to a constant, so sigma = exp(s) is a standard deviation: of a Laplace distribution (`RobustL1`, the published
choice of CrabNet and Roost) or of a normal one (`RobustL2`). The factor sqrt(2) of RobustL1 is what makes sigma the
standard deviation instead of the scale b = sigma / sqrt(2) of the Laplace distribution, whose intervals are narrower
in the middle and wider in the tails than those of a normal distribution: 68 % within 0.81 sigma, 95 % within 2.12.
For a standardised property, both m and sigma are multiplied by the property's training standard deviation.
"""

import math

import numpy as np
import torch
from scipy.special import erfinv
from torch import Tensor


class RobustL1:
    """Laplace distribution with mean m and standard deviation sigma."""

    @staticmethod
    def loss(output: Tensor, target: Tensor) -> Tensor:
        """Mean over the batch of sqrt(2) |y - m| exp(-s) + s: output (B, 2) = (m, s) and targets (B,) to a scalar."""
        mean, log_std = output.unbind(dim=1)
        return (math.sqrt(2) * (target - mean).abs() * torch.exp(-log_std) + log_std).mean()

    @staticmethod
    def half_width(level: np.ndarray | float) -> np.ndarray:
        """Half the width, in sigmas, of the central interval that holds the share `level` in [0, 1) of all values."""
        return -np.log1p(-np.asarray(level, dtype=np.float64)) / math.sqrt(2)

    @staticmethod
    def log_likelihood(error: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """Log of the density at the value, for `error` = value - mean; natural units of 1 / (unit of the value)."""
        return -math.sqrt(2) * np.abs(error) / sigma - np.log(math.sqrt(2) * sigma)


class RobustL2:
    """Normal distribution with mean m and standard deviation sigma."""

    @staticmethod
    def loss(output: Tensor, target: Tensor) -> Tensor:
        """Mean over the batch of (y - m)^2 exp(-2 s) / 2 + s: output (B, 2) = (m, s) and targets (B,) to a scalar."""
        mean, log_std = output.unbind(dim=1)
        return (0.5 * (target - mean).square() * torch.exp(-2 * log_std) + log_std).mean()

    @staticmethod
    def half_width(level: np.ndarray | float) -> np.ndarray:
        """Half the width, in sigmas, of the central interval that holds the share `level` in [0, 1) of all values."""
        return math.sqrt(2) * erfinv(np.asarray(level, dtype=np.float64))

    @staticmethod
    def log_likelihood(error: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """Log of the density at the value, for `error` = value - mean; natural units of 1 / (unit of the value)."""
        return -0.5 * np.square(np.asarray(error) / sigma) - np.log(math.sqrt(2 * math.pi) * sigma)


LOSSES = {"robust-l1": RobustL1, "robust-l2": RobustL2}
