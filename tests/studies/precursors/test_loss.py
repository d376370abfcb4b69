"""The losses against values worked out by hand and against loops."""

import math

import pytest
import torch

from retort.studies.precursors.loss import circle_loss, composition_loss, weigh


def brute_force(logits: list[float], members: list[bool]) -> float:
    """The circle loss of one row, term by term (Sun et al. 2020, eq. 6, with gamma 64 and margin 0.25)."""
    positive = sum(
        math.exp(-64 * max(0, 1.25 - z) * (z - 0.75)) for z, m in zip(logits, members, strict=True) if m
    )
    negative = sum(
        math.exp(64 * max(0, z + 0.25) * (z - 0.25)) for z, m in zip(logits, members, strict=True) if not m
    )
    return math.log1p(positive * negative)


def test_circle_loss_of_two_rows_by_hand():
    logits = torch.tensor([[0.75, 0.25, 0.25, -0.5, -1.0], [0.5, 0.75, 0.0, 0.25, 0.5]])
    members = torch.tensor([[True, False, False, False, False], [True, True, False, False, False]])
    # Row 1. Member at its margin: exponent 0. Others: two at theirs, 0 each; two below -0.25 count e^0 as well.
    # log(1 + 1 * 4).
    # Row 2. Members: -64 * 0.75 * -0.25 = 12, and 0. Others: 64 * 0.25 * -0.25 = -4; 0; 64 * 0.75 * 0.25 = 12.
    # log(1 + (e^12 + 1)(e^-4 + 1 + e^12)).
    expected = [math.log(5), math.log1p((math.exp(12) + 1) * (math.exp(-4) + 1 + math.exp(12)))]
    assert circle_loss(logits, members).tolist() == pytest.approx(expected, rel=1e-6)


def test_circle_loss_agrees_with_loops():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(50, 12, generator=generator).double() * 0.6
    members = torch.rand(50, 12, generator=generator) < 0.3
    members[:, 0], members[:, 1] = True, False
    expected = [brute_force(z, m) for z, m in zip(logits.tolist(), members.tolist(), strict=True)]
    assert circle_loss(logits, members).tolist() == pytest.approx(expected, rel=1e-9)


def test_the_pace_carries_no_gradient():
    logits = torch.tensor([[0.6, 0.4]], dtype=torch.double, requires_grad=True)
    members = torch.tensor([[True, False]])
    circle_loss(logits, members).sum().backward()
    # d/dz of softplus(-64 * 0.65 * (z0 - 0.75) + 64 * 0.65 * (z1 - 0.25)) with the 0.65 held fixed.
    total = 64 * 0.65 * 0.15 + 64 * 0.65 * 0.15
    slope = 64 * 0.65 / (1 + math.exp(-total))
    torch.testing.assert_close(logits.grad, torch.tensor([[-slope, slope]], dtype=torch.double))


def test_extreme_rows_stay_finite():
    logits = torch.tensor([[10.0, -10.0], [-10.0, 10.0], [10.0, 10.0]], requires_grad=True)
    members = torch.tensor([[True, False], [True, False], [False, False]])
    value = circle_loss(logits, members)
    value.sum().backward()
    assert value.tolist() == pytest.approx(
        [math.log(2), 64 * 11.25 * 10.75 + 64 * 10.25 * 9.75, 0.0], rel=1e-6
    ), "the last row has no member, and so no say"
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad[2] == 0).all()


def test_composition_loss_sums_over_elements():
    recovered = torch.tensor([[0.5, 0.0, 0.2], [1.0, 0.0, 0.0]])
    fractions = torch.tensor([[0.2, 0.4, 0.2], [1.0, 0.0, 0.0]])
    assert composition_loss(recovered, fractions).tolist() == pytest.approx([0.025, 0.0])


def test_adaptive_weights():
    losses = [torch.tensor(20.0), torch.tensor(0.01)]
    s = torch.tensor([3.0, -6.0], requires_grad=True)
    total = weigh(losses, s)
    assert total.item() == pytest.approx(20 * math.exp(-3) + 3 + 0.01 * math.exp(6) - 6, rel=1e-6)
    total.backward()
    # The best s_i is log L_i, where the slope 1 - exp(-s_i) L_i is zero.
    assert s.grad.tolist() == pytest.approx([1 - 20 * math.exp(-3), 1 - 0.01 * math.exp(6)], rel=1e-5)
    with pytest.raises(ValueError, match="argument 2"):
        weigh(losses, s[:1])
