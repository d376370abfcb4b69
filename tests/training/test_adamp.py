"""AdamP: one step by hand, projection or not, and where timm is installed its AdamP is the truth."""

import pytest
import torch

from retort.training.adamp import AdamP


def stepped(weight: list, gradient: list, **settings) -> torch.Tensor:
    weight = torch.nn.Parameter(torch.tensor(weight))
    weight.grad = torch.tensor(gradient)
    AdamP([weight], **settings).step()
    return weight.detach()


def test_the_first_step_of_a_vector_is_adams():
    """After one step the moments are the gradient and its square: the step is as long as the rate, by its sign."""
    found = stepped([1.0, 2.0], [3.0, -4.0], lr=0.1, weight_decay=0.5)
    torch.testing.assert_close(found, torch.tensor([0.95 - 0.1, 1.9 + 0.1]))


def test_what_is_orthogonal_to_the_weight_is_projected():
    """Rows (1, 1) and (2, -2) with gradients (1, -1) and (3, 3): orthogonal, and the steps (1, -1), (1, 1) stay.

    Weight decay is a tenth of what it was.
    """
    found = stepped([[1.0, 1.0], [2.0, -2.0]], [[1.0, -1.0], [3.0, 3.0]], lr=0.1, weight_decay=0.5)
    kept = 1 - 0.1 * 0.5 * 0.1
    torch.testing.assert_close(
        found, torch.tensor([[kept - 0.1, kept + 0.1], [2 * kept - 0.1, -2 * kept - 0.1]])
    )


def test_the_part_along_the_weight_is_taken_away():
    """Weight (3, 1), gradient (1, -3): orthogonal, but Adam's step (1, -1) is not: along the weight 2/sqrt(10)."""
    found = stepped([[3.0, 1.0]], [[1.0, -3.0]], lr=0.1)
    along = torch.tensor([[3.0, 1.0]]) * 2 / 10
    torch.testing.assert_close(
        found, torch.tensor([[3.0, 1.0]]) - 0.1 * (torch.tensor([[1.0, -1.0]]) - along)
    )


def test_what_is_not_orthogonal_is_not():
    found = stepped([[3.0, 1.0]], [[1.0, -1.0]], lr=0.1, weight_decay=0.5)
    torch.testing.assert_close(found, torch.tensor([[2.85 - 0.1, 0.95 + 0.1]]))


def test_it_is_the_adamp_of_timm():
    timm = pytest.importorskip("timm.optim", reason="needs timm: pip install -e .[reference]")
    torch.manual_seed(0)
    start = [torch.randn(4, 6), torch.randn(6), torch.randn(3, 2, 2)]
    ours, theirs = ([torch.nn.Parameter(value.clone()) for value in start] for _ in range(2))
    both = [
        (weights, kind(weights, lr=0.05, weight_decay=0.1))
        for weights, kind in ((ours, AdamP), (theirs, timm.AdamP))
    ]
    for step in range(8):
        for weights, optimizer in both:
            optimizer.zero_grad()
            # A loss of the directions alone, whose gradient is orthogonal to the weights, on even steps.
            total = sum((w / w.norm() if step % 2 == 0 else w).pow(3).sum() for w in weights)
            total.backward()
            optimizer.step()
        for one, other in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, other)
