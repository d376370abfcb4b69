"""DINO against its formulas, and the two collapses on a toy backbone."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from retort.studies.molecules.dino import (
    DINO,
    Crops,
    Head,
    dino_loss,
    finish,
    momentum,
    monitors,
    training_loss,
    weight_decay,
)

SETTINGS = {
    "prototypes": 16,
    "hidden": 32,
    "bottleneck": 8,
    "student_temperature": 0.1,
    "teacher_temperature": 0.04,
    "centre_momentum": 0.9,
    "momentum": 0.9,
    "centring": True,
    "sharpening": True,
}


class Toy(nn.Module):
    """Rows of numbers to features, with a BatchNorm whose statistics a teacher would never learn."""

    width = 12

    def __init__(self, norm=True):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(6, 12), nn.BatchNorm1d(12) if norm else nn.LayerNorm(12), nn.ReLU()
        )

    def forward(self, rows):
        return self.layers(rows)


def crops(step=0, steps=10, molecules=8, locals_=2, seed=0):
    """Noisy copies of some clusters: what a crop is to a molecule."""
    draw = torch.Generator().manual_seed(1000 * seed + step)
    molecule = torch.randn(molecules, 6, generator=draw)

    def views(count, noise):
        if count == 0:
            return None
        tiled = molecule.repeat(count, 1)
        return tiled + noise * torch.randn(tiled.shape, generator=draw)

    return Crops(step, steps, views(2, 0.3), views(locals_, 0.6), molecules)


def model(norm=True, seed=0, **changes):
    torch.manual_seed(seed)
    return DINO(Toy(norm), SETTINGS | changes).train()


@pytest.mark.parametrize("locals_", [0, 2, 3])
def test_the_loss_is_the_double_loop_over_pairs(locals_):
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(2 + locals_, 5, 7, generator=draw, dtype=torch.float64)
    targets = torch.randn(2, 5, 7, generator=draw, dtype=torch.float64).softmax(-1)
    total, pairs = 0.0, 0
    for i in range(2):
        for j in range(2 + locals_):
            if i != j:
                total += float(nn.functional.cross_entropy(logits[j], targets[i]))
                pairs += 1
    assert pairs == 2 * (2 + locals_) - 2
    assert float(dino_loss(logits, targets)) == pytest.approx(total / pairs)


def test_one_crop_has_no_pair():
    with pytest.raises(ValueError, match="Hint"):
        dino_loss(torch.zeros(1, 2, 3), torch.zeros(1, 2, 3))


def test_the_loss_uses_both_temperatures_and_the_old_centre():
    dino = model()
    dino.centre.copy_(torch.linspace(-0.2, 0.2, 16))
    old = dino.centre.clone()
    shown = crops(step=5)
    dino.update_teacher(0.5)
    said, told, _ = dino(shown)
    expected = dino_loss(said / 0.1, ((told - old) / 0.04).softmax(-1))
    dino.update_teacher = lambda value: None  # the step would move the teacher first
    torch.testing.assert_close(training_loss(dino, shown)["total"], expected)
    mean = torch.cat(list(told)).mean(0)
    torch.testing.assert_close(dino.centre, 0.9 * old + 0.1 * mean)


def test_without_centring_the_centre_stays_and_without_sharpening_the_temperatures_are_equal():
    dino = model(centring=False)
    training_loss(dino, crops())
    assert not dino.centre.any()
    dino = model(sharpening=False)
    said, told, _ = dino(crops())
    terms, _ = dino.terms(crops())
    torch.testing.assert_close(terms["total"], dino_loss(said / 0.1, (told / 0.1).softmax(-1)))


def test_only_the_student_gets_a_gradient_and_the_prototypes_none_at_first():
    dino = model()
    training_loss(dino, crops(step=0, steps=100))["total"].backward()
    assert all(p.grad is None and not p.requires_grad for p in dino.teacher.parameters())
    given = {name: p.grad is not None and bool(p.grad.any()) for name, p in dino.student.named_parameters()}
    still = given.pop("head.prototypes")
    assert not still
    assert given["backbone.layers.0.weight"]
    assert given["head.layers.4.weight"]
    training_loss(dino, crops(step=5, steps=100))["total"].backward()
    assert dino.student.head.prototypes.grad.any()


def test_the_teacher_is_the_running_average_in_closed_form():
    """After n steps: m^n x start + (1 - m) x sum of m^(n - 1 - t) x student after step t."""
    dino = model(momentum=0.9)
    start = dino.teacher.head.prototypes.clone()
    states = []
    for _ in range(5):
        with torch.no_grad():
            dino.student.head.prototypes.normal_()
        states.append(dino.student.head.prototypes.detach().clone())
        dino.update_teacher(0.9)
    expected = 0.9**5 * start + sum(0.1 * 0.9 ** (4 - t) * state for t, state in enumerate(states))
    torch.testing.assert_close(dino.teacher.head.prototypes, expected)


def test_each_step_takes_in_the_student_of_the_step_before():
    dino, steps = model(), 3
    optimizer = torch.optim.SGD(dino.student.parameters(), 0.5)
    expected = dino.teacher.backbone.layers[0].weight.clone()
    for step in range(steps):
        training_loss(dino, crops(step, steps))["total"].backward()
        torch.testing.assert_close(dino.teacher.backbone.layers[0].weight, expected)
        optimizer.step()
        value = momentum(step, steps, 0.9)
        expected = value * expected + (1 - value) * dino.student.backbone.layers[0].weight.detach()
    finish(dino, steps)
    torch.testing.assert_close(dino.teacher.backbone.layers[0].weight, expected)


def test_running_statistics_are_copied_and_the_teacher_uses_them():
    dino = model()
    for step in range(4):
        training_loss(dino, crops(step))
    finish(dino, 10)
    mine, theirs = dino.teacher.backbone.layers[1], dino.student.backbone.layers[1]
    assert theirs.running_mean.any()
    assert torch.equal(mine.running_mean, theirs.running_mean)
    assert torch.equal(mine.running_var, theirs.running_var)
    dino.train()
    assert not mine.training
    assert theirs.training


def test_the_state_dict_holds_all_that_a_resumed_run_needs():
    names = set(model().state_dict())
    assert "centre" in names
    for side in ("student", "teacher"):
        assert f"{side}.head.prototypes" in names
        assert f"{side}.backbone.layers.1.running_mean" in names


def test_a_head_gives_cosines():
    torch.manual_seed(0)
    head = Head(12, 32, 8, 16)
    features = torch.randn(9, 12)
    found = head(features)
    assert found.shape == (9, 16)
    points = head.layers((features - features.mean(0)) / features.std(0, correction=0))
    expected = nn.functional.cosine_similarity(points[:, None], head.prototypes[None], dim=-1)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    shifted = head(features * 0.01 + 5)
    torch.testing.assert_close(shifted, expected, atol=1e-3, rtol=1e-3)
    assert torch.isfinite(head(torch.ones(4, 12))).all()


def test_monitors_of_known_distributions():
    uniform = torch.full((4, 8), 1 / 8)
    spread = monitors(uniform, torch.eye(4))
    assert float(spread["teacher_entropy"]) == pytest.approx(math.log(8))
    assert float(spread["kl_uniform"]) == pytest.approx(0, abs=1e-6)
    assert float(spread["kl_uniform_each"]) == pytest.approx(0, abs=1e-6)
    assert float(spread["feature_sd"]) == pytest.approx(np.eye(4).std(axis=0).mean())
    one = torch.zeros(4, 8)
    one[:, 3] = 1
    always = monitors(one, torch.ones(4, 5))
    assert float(always["teacher_entropy"]) == 0
    assert float(always["kl_uniform"]) == pytest.approx(math.log(8))
    assert float(always["feature_sd"]) == pytest.approx(0, abs=1e-6)
    each_its_own = monitors(torch.eye(8), torch.eye(8))
    assert float(each_its_own["kl_uniform"]) == pytest.approx(0, abs=1e-6)
    assert float(each_its_own["kl_uniform_each"]) == pytest.approx(math.log(8))


def taught(seed=0, **changes):
    """Monitors after some hundred fast steps."""
    dino, steps = model(norm=False, seed=seed, **changes), 300
    optimizer = torch.optim.AdamW(dino.student.parameters(), 3e-3)
    for step in range(steps):
        optimizer.zero_grad()
        training_loss(dino, crops(step, steps, molecules=32))["total"].backward()
        optimizer.step()
    finish(dino, steps)
    dino.eval()
    with torch.no_grad():
        return {name: float(value) for name, value in dino.terms(crops(steps, steps, 256))[0].items()}


def test_dino_does_not_collapse_but_without_centring_or_sharpening_it_does():
    most = math.log(SETTINGS["prototypes"])
    whole = taught()
    assert 0.05 * most < whole["teacher_entropy"] < 0.8 * most
    assert whole["kl_uniform"] < 0.4 * most
    one = taught(centring=False)
    assert one["teacher_entropy"] < 0.05 * most, "each says one prototype"
    assert one["kl_uniform"] > 0.9 * most, "and all say the same"
    flat = taught(sharpening=False)
    assert flat["teacher_entropy"] > 0.9 * most


def test_schedules_hit_their_ends():
    steps = 101
    assert (momentum(0, steps, 0.99), momentum(100, steps, 0.99)) == (0.99, 1)
    assert weight_decay(0, steps, 0.04) == pytest.approx(0.04)
    assert weight_decay(100, steps, 0.04) == pytest.approx(0.4)
