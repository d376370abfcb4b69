"""Optimisers and schedules: rates and decay of every group, the three curves, and the clip."""

import copy

import pytest
import torch
from torch import nn

from retort.studies.scitext.descent import descent, slanted, warm

SETTINGS = {
    "optimiser": "adamw",
    "schedule": "none",
    "learning_rate": 1e-4,
    "head_rate": 1e-3,
    "weight_decay": 0.01,
    "clip": 5.0,
}


def parts() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    encoder = nn.Linear(3, 4)
    return encoder, nn.Sequential(encoder, nn.Linear(4, 2))  # heads that hold the encoder


def test_rates_and_decay_of_encoder_and_heads():
    encoder, heads = parts()
    groups = descent(encoder, heads, SETTINGS, 10).optimizer.param_groups
    assert [(group["lr"], group["weight_decay"]) for group in groups] == [
        (1e-4, 0.01),
        (1e-4, 0.0),
        (1e-3, 0.0),
    ]
    assert [[tuple(weight.shape) for weight in group["params"]] for group in groups] == [
        [(4, 3)],
        [(4,)],
        [(2, 4), (2,)],
    ]


def test_the_slanted_triangle():
    """Of 100 steps ten rise from 1/32 to 1; at step 55 half of the fall is done."""
    assert [slanted(step, 100) for step in (0, 5, 10, 55)] == pytest.approx([1 / 32, 33 / 64, 1, 33 / 64])
    assert slanted(100, 100) == pytest.approx(1 / 32)
    assert slanted(0, 1) == pytest.approx(1 / 32)


def test_the_warm_up():
    assert [warm(step, 100) for step in (0, 9, 10, 55, 100)] == pytest.approx([0.1, 1, 1, 0.5, 0])


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "adamp", "radam"])
@pytest.mark.parametrize("schedule", ["slanted", "warmup", "none"])
def test_all_of_them_descend_and_go_on_from_a_state(optimiser, schedule):
    def begun():
        encoder, heads = parts()
        return heads, descent(encoder, heads, SETTINGS | {"optimiser": optimiser, "schedule": schedule}, 30)

    def step(heads, down):
        down.optimizer.zero_grad()
        loss = (heads(inputs) - 1).square().mean()
        loss.backward()
        down.optimizer.step()
        down.schedule.step()
        return loss.item()

    inputs = torch.randn(16, 3, generator=torch.Generator().manual_seed(1))
    heads, down = begun()
    losses = [step(heads, down) for _ in range(15)]
    assert losses[-1] < losses[0]
    others, again = begun()
    others.load_state_dict(heads.state_dict())
    again.optimizer.load_state_dict(copy.deepcopy(down.optimizer.state_dict()))  # it takes what it is given
    again.schedule.load_state_dict(down.schedule.state_dict())
    assert [step(heads, down) for _ in range(3)] == [step(others, again) for _ in range(3)]


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "adamp", "radam"])
def test_decay_is_a_term_of_the_loss_in_adam_alone(optimiser):
    """Without a gradient Adam steps by its whole rate, whatever a weight is; the others shrink it by rate x decay."""
    encoder, heads = parts()
    before = encoder.weight.detach().clone()
    down = descent(encoder, heads, SETTINGS | {"optimiser": optimiser, "weight_decay": 0.1}, 10)
    for _ in range(20):  # torch's RAdam knows no variance in the first five
        for weight in heads.parameters():
            weight.grad = torch.zeros_like(weight)
        down.optimizer.step()
    change = before - encoder.weight.detach()
    if optimiser == "adam":
        torch.testing.assert_close(change, 20 * 1e-4 * before.sign(), rtol=0.05, atol=0)
    else:
        # AdamP holds a gradient of nothing for orthogonal to the weight, which then decays by a tenth.
        share = 0.1 if optimiser == "adamp" else 1.0
        torch.testing.assert_close(change, 20 * share * 1e-4 * 0.1 * before, rtol=0.05, atol=1e-7)


def test_the_gradient_of_both_together_is_clipped():
    encoder, heads = parts()
    down = descent(encoder, heads, SETTINGS, 10)
    (1e4 * heads(torch.ones(1, 3))).sum().backward()
    down.optimizer.step()
    norm = torch.cat([weight.grad.flatten() for weight in heads.parameters()]).norm()
    assert norm.item() == pytest.approx(5, rel=1e-4)


@pytest.mark.parametrize("wrong", [{"optimiser": "sgd"}, {"schedule": "cosine"}])
def test_unknown_names(wrong):
    with pytest.raises(ValueError, match="Hint"):
        descent(*parts(), SETTINGS | wrong, 10)
