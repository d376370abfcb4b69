"""Quick dropout: as often as asked, unbiased, independent from element to element, and nothing in eval mode."""

import pytest
import torch

from retort.nn.dropout import QuickDropout


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.75])
def test_rate_and_expectation(rate):
    torch.manual_seed(0)
    dropped = QuickDropout(rate)(torch.ones(1000, 999))
    zero = (dropped == 0).double()
    deviation = (rate * (1 - rate) / 999_000) ** 0.5
    assert abs(zero.mean() - rate) < 4 * deviation
    # Each of the four decisions of a draw has the rate: no bit is wasted on a sign.
    for offset in range(4):
        assert abs(zero.flatten()[offset::4].mean() - rate) < 4 * 2 * deviation
    kept = dropped[dropped > 0]
    assert torch.all(kept == kept[0])
    assert kept[0] == pytest.approx(1 / (1 - rate), rel=1e-4)


def test_neighbours_are_independent():
    torch.manual_seed(0)
    zero = (QuickDropout(0.5)(torch.ones(400_000)) == 0).double() - 0.5
    for shift in (1, 2, 3, 4):
        correlation = 4 * (zero[:-shift] * zero[shift:]).mean()
        assert abs(correlation) < 4 / 400_000**0.5


def test_gradient_passes_where_values_do_and_the_seed_decides():
    values = torch.ones(50, 3, requires_grad=True)
    dropout = QuickDropout(0.4)
    torch.manual_seed(1)
    first = dropout(values)
    first.sum().backward()
    torch.testing.assert_close(values.grad, first.detach())
    torch.manual_seed(1)
    assert torch.equal(dropout(values), first)
    assert not torch.equal(dropout(values), first)


def test_nothing_is_dropped_in_eval_mode_or_at_rate_zero():
    values = torch.randn(7, 3)
    assert torch.equal(QuickDropout(0.9).eval()(values), values)
    assert torch.equal(QuickDropout(0.0)(values), values)
    assert QuickDropout(0.5)(torch.ones(0, 4)).shape == (0, 4)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_an_impossible_rate_is_refused(rate):
    with pytest.raises(ValueError, match=r"expected at least 0 and below 1\. Hint"):
        QuickDropout(rate)
