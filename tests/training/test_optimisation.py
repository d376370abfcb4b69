"""Schedules hit their ends, reach the optimiser, and gradients are clipped."""

import numpy as np
import pytest
import torch

from retort.training.optimisation import Schedule, clipped_adamw, cosine, noam_like, warmed_up


def test_schedules_hit_their_ends():
    steps = 101
    assert cosine(0, steps, 3.0, 1.0) == 3
    assert cosine(100, steps, 3.0, 1.0) == 1
    assert cosine(50, steps, 3.0, 1.0) == pytest.approx(2)
    assert cosine(0, 1, 3.0, 1.0) == 3
    rates = [warmed_up(step, steps, 1e-3, 0.1) for step in range(steps)]
    assert rates[0] == pytest.approx(1e-4)
    assert rates[9] == pytest.approx(1e-3)
    assert rates[10] == pytest.approx(1e-3)
    assert rates[-1] == pytest.approx(1e-6)
    assert np.all(np.diff(rates[:10]) > 0)
    assert np.all(np.diff(rates[10:]) < 0)
    assert warmed_up(0, 1, 1e-3, 0.0) == 1e-3


def test_schedules_reach_the_optimizer_and_vectors_do_not_decay():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LayerNorm(4))
    optimizer = clipped_adamw(model, 0.1, 0.04, norm=3.0)
    schedule = Schedule(optimizer, lambda step: 0.1 / (step + 1), lambda step: 0.04 + step)
    matrices, vectors = optimizer.param_groups
    assert [p.ndim for p in matrices["params"]] == [2]
    assert [p.ndim for p in vectors["params"]] == [1, 1, 1]
    model(torch.randn(2, 3)).sum().backward()
    optimizer.step()
    schedule.step()
    assert matrices["lr"] == vectors["lr"] == 0.05
    assert (matrices["weight_decay"], vectors["weight_decay"]) == (1.04, 0.0)


def test_gradients_are_clipped_before_a_step():
    weight = torch.nn.Parameter(torch.zeros(4, 4))
    optimizer = clipped_adamw(torch.nn.ParameterList([weight]), 0.1, 0.0, norm=3.0)
    weight.grad = torch.full((4, 4), 100.0)
    optimizer.step()
    assert float(weight.grad.norm()) == pytest.approx(3.0, rel=1e-4)


def test_the_noam_like_schedule_by_hand():
    """From 0.5 up to 3 in two steps, down to 0.3 in four, as multiples of 0.5."""
    rates = [0.5 * noam_like(step, 2, 4, 0.5, 3.0, 0.3) for step in range(9)]
    fall = [3 * 0.1**power for power in (0, 0.25, 0.5, 0.75)]
    assert rates == pytest.approx([0.5, 1.75, *fall, 0.3, 0.3, 0.3])
