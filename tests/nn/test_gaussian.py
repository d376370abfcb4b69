"""The losses against torch's distributions."""

import torch
from torch.distributions import Normal, kl_divergence

from retort.nn.gaussian import noisy_error, symmetric_kl


def test_noisy_error_is_twice_the_negative_log_likelihood_up_to_a_constant():
    torch.manual_seed(0)
    mean, s, target = torch.randn(3, 50, dtype=torch.float64)
    likelihood = Normal(mean, (s / 2).exp()).log_prob(target).mean()
    constant = torch.log(torch.tensor(2 * torch.pi, dtype=torch.float64))
    torch.testing.assert_close(noisy_error(mean, s, target), -2 * likelihood - constant)


def test_symmetric_kl_is_the_mean_of_both_divergences():
    torch.manual_seed(0)
    mean, s, other, t = torch.randn(4, 50, dtype=torch.float64)
    one, two = Normal(mean, (s / 2).exp()), Normal(other, (t / 2).exp())
    expected = (kl_divergence(one, two) + kl_divergence(two, one)).mean() / 2
    torch.testing.assert_close(symmetric_kl(mean, s, other, t), expected)
    assert symmetric_kl(mean, s, mean, s).item() == 0
