"""The robust loss against scipy's Laplace distribution and by hand."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from retort.nn.robust import robust_l1

SIGMA = np.array([0.2, 1.0, 3.0])


def laplace(sigma):
    return stats.laplace(scale=sigma / math.sqrt(2))


def test_the_loss_by_hand():
    output = torch.tensor([[1.0, 0.0], [0.5, math.log(2)]])
    target = torch.tensor([3.0, 0.5])
    # sqrt(2) * 2 and log 2
    assert robust_l1(output, target).item() == pytest.approx((math.sqrt(8) + math.log(2)) / 2)


def test_loss_is_the_negative_log_likelihood_up_to_a_constant():
    error = np.linspace(-4, 4, 9)[:, None]
    expected = laplace(SIGMA).logpdf(error)
    loss = [
        robust_l1(torch.tensor([[0.0, math.log(sigma)]], dtype=torch.double), torch.tensor([value])).item()
        for value in error[:, 0]
        for sigma in SIGMA
    ]
    constant = np.array(loss) + expected.flatten()
    assert constant == pytest.approx(constant[0], abs=1e-6)


def test_the_best_sigma_is_the_spread_of_the_errors():
    """Fitting m and s to a sample by descent on the loss recovers its centre and its standard deviation."""
    sample = laplace(0.7).ppf((np.arange(2_000) + 0.5) / 2_000) + 5.0
    target = torch.tensor(sample)
    output = torch.tensor([[4.8, 0.0]], dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.Adam([output], lr=0.03)
    for _ in range(200):
        optimizer.zero_grad()
        robust_l1(output.expand(len(target), 2), target).backward()
        optimizer.step()
    assert output[0, 0].item() == pytest.approx(5.0, abs=0.02)
    assert output[0, 1].exp().item() == pytest.approx(0.7, rel=0.02)
