"""The robust losses against scipy's distributions and by hand."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from retort.studies.transfer.robust import LOSSES, RobustL1, RobustL2

SIGMA = np.array([0.2, 1.0, 3.0])
DISTRIBUTION = {
    RobustL1: lambda sigma: stats.laplace(scale=sigma / math.sqrt(2)),
    RobustL2: lambda sigma: stats.norm(scale=sigma),
}
KINDS = pytest.mark.parametrize("kind", LOSSES.values())


def test_losses_by_hand():
    output = torch.tensor([[1.0, 0.0], [0.5, math.log(2)]])
    target = torch.tensor([3.0, 0.5])
    # L1: sqrt(2) * 2 and log 2. L2: 0.5 * 4 and log 2.
    assert RobustL1.loss(output, target).item() == pytest.approx((math.sqrt(8) + math.log(2)) / 2)
    assert RobustL2.loss(output, target).item() == pytest.approx((2 + math.log(2)) / 2)


@KINDS
def test_sigma_is_the_standard_deviation_of_the_distribution(kind):
    assert DISTRIBUTION[kind](SIGMA).std() == pytest.approx(SIGMA)


@KINDS
def test_loss_is_the_negative_log_likelihood_up_to_a_constant(kind):
    error = np.linspace(-4, 4, 9)[:, None]
    expected = DISTRIBUTION[kind](SIGMA).logpdf(error)
    assert kind.log_likelihood(error, SIGMA) == pytest.approx(expected)
    loss = [
        kind.loss(torch.tensor([[0.0, math.log(sigma)]], dtype=torch.double), torch.tensor([value])).item()
        for value in error[:, 0]
        for sigma in SIGMA
    ]
    constant = np.array(loss) + expected.flatten()
    assert constant == pytest.approx(constant[0], abs=1e-6)


@KINDS
def test_intervals_hold_their_share(kind):
    levels = np.linspace(0, 0.99, 12)
    half = kind.half_width(levels)[:, None] * SIGMA
    held = DISTRIBUTION[kind](SIGMA).cdf(half) - DISTRIBUTION[kind](SIGMA).cdf(-half)
    assert held == pytest.approx(np.broadcast_to(levels[:, None], held.shape))


@KINDS
def test_the_best_sigma_is_the_spread_of_the_errors(kind):
    """Fitting m and s to a sample by descent on the loss recovers its centre and its standard deviation."""
    sample = DISTRIBUTION[kind](0.7).ppf((np.arange(2_000) + 0.5) / 2_000) + 5.0
    target = torch.tensor(sample)
    output = torch.tensor([[4.8, 0.0]], dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.Adam([output], lr=0.03)
    for _ in range(200):
        optimizer.zero_grad()
        kind.loss(output.expand(len(target), 2), target).backward()
        optimizer.step()
    assert output[0, 0].item() == pytest.approx(5.0, abs=0.02)
    assert output[0, 1].exp().item() == pytest.approx(0.7, rel=0.02)
