"""NT-Xent against the formula written out, and where it must be small or large."""

import math

import pytest
import torch

from retort.studies.molecules.contrast import Contrast, nt_xent


def naive(first, second, temperature):
    """SimCLR's equation 1, one pair at a time."""
    views = [*first, *second]
    count, total = len(first), 0.0

    def alike(i, j):
        dot = float((views[i] * views[j]).sum())
        return dot / float(views[i].norm() * views[j].norm()) / temperature

    for i in range(2 * count):
        partner = (i + count) % (2 * count)
        others = sum(math.exp(alike(i, j)) for j in range(2 * count) if j != i)
        total -= math.log(math.exp(alike(i, partner)) / others)
    return total / (2 * count)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_nt_xent_is_its_formula(temperature):
    draw = torch.Generator().manual_seed(0)
    first = torch.randn(5, 7, generator=draw, dtype=torch.float64)
    second = torch.randn(5, 7, generator=draw, dtype=torch.float64)
    assert float(nt_xent(first, second, temperature)) == pytest.approx(naive(first, second, temperature))


def test_lengths_do_not_count_and_neither_does_which_view_is_first():
    draw = torch.Generator().manual_seed(1)
    first, second = torch.randn(2, 6, 4, generator=draw, dtype=torch.float64)
    loss = nt_xent(first, second, 0.1)
    torch.testing.assert_close(nt_xent(first * 7, second / 3, 0.1), loss)
    torch.testing.assert_close(nt_xent(second, first, 0.1), loss)


def test_equal_pairs_far_from_all_others_cost_nothing_and_constant_views_cost_the_logarithm():
    apart = torch.eye(4)
    assert float(nt_xent(apart, apart, 0.01)) == pytest.approx(0.0, abs=1e-6)
    same = torch.ones(4, 3)
    assert float(nt_xent(same, same, 0.1)) == pytest.approx(math.log(7))


@pytest.mark.parametrize("shapes", [((1, 3), (1, 3)), ((4, 3), (5, 3))])
def test_what_has_no_contrast_is_refused(shapes):
    with pytest.raises(ValueError, match="Hint"):
        nt_xent(*(torch.ones(shape) for shape in shapes), 0.1)


def test_the_projection_has_the_width_that_was_asked_for():
    backbone = torch.nn.Linear(3, 5)
    backbone.width = 5
    model = Contrast(backbone, 8)
    assert model(torch.randn(4, 3)).shape == (4, 8)
    assert {name.split(".")[0] for name in model.state_dict()} == {"backbone", "projection"}
