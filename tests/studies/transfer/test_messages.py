"""The edge gate against a double loop, the counted norm against PyTorch's batch norm on repeated rows."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from retort.studies.transfer.messages import CountedNorm, GaussianBasis, gated_mean, pooled


@pytest.fixture
def edges():
    generator = torch.Generator().manual_seed(0)
    source, target = torch.randint(0, 6, (2, 20), generator=generator)
    parts = [torch.randn(n, 3, generator=generator, dtype=torch.double) for n in (7, 7, 20, 7)]
    count = torch.randint(1, 5, (20,), generator=generator).double()
    return [part.requires_grad_() for part in parts], source, target, count


def test_the_edge_gate_against_a_double_loop(edges):
    (receiver, sender, edge, value), source, target, count = edges
    logits, mean = gated_mean(receiver, sender, edge * 1, value, source, target, count)
    sigmoid = lambda x: 1 / (1 + math.exp(-x))  # noqa: E731
    for node in range(7):
        for column in range(3):
            above, below = 0.0, 1e-6
            for e in range(20):
                logit = receiver[target[e], column] + sender[source[e], column] + edge[e, column]
                assert logits[e, column].item() == pytest.approx(logit.item())
                if target[e] == node:
                    above += count[e].item() * sigmoid(logit.item()) * value[source[e], column].item()
                    below += count[e].item() * sigmoid(logit.item())
            assert mean[node, column].item() == pytest.approx(above / below, abs=1e-12)
    assert (mean[6] == 0).all()  # nothing arrives there


def test_the_derivative_of_the_edge_gate(edges):
    parts, source, target, count = edges

    def gate(receiver, sender, edge, value):
        return gated_mean(receiver, sender, edge * 1, value, source, target, count)

    assert torch.autograd.gradcheck(gate, parts)


@pytest.mark.parametrize("residual", [True, False])
def test_the_counted_norm_is_the_batch_norm_of_repeated_rows(residual):
    generator = torch.Generator().manual_seed(1)
    rows, extra, outer = (torch.randn(9, 4, generator=generator, dtype=torch.double) for _ in range(3))
    counts = torch.tensor([1, 3, 1, 2, 5, 1, 1, 4, 2])
    repeat = torch.arange(9).repeat_interleave(counts)
    ours, theirs = CountedNorm(4).double(), nn.BatchNorm1d(4).double()
    with torch.no_grad():
        for parameter in (*ours.parameters(),):
            parameter.uniform_(0.5, 1.5, generator=generator)
        theirs.weight.copy_(ours.weight)
        theirs.bias.copy_(ours.bias)
    results = []
    for norm in (ours, theirs):
        x, r = rows.clone().requires_grad_(), extra.clone().requires_grad_()
        if norm is ours:
            y = norm(x, counts.double(), r if residual else None)
        else:
            y = F.silu(norm(x[repeat])) + (r[repeat] if residual else 0)
            y = torch.zeros_like(x).index_add(0, repeat, y) / counts[:, None]
        (y * outer).sum().backward()
        results.append([y, x.grad, norm.weight.grad, norm.bias.grad, r.grad])
    for one, other in zip(*results, strict=True):
        assert (one is None and other is None) or torch.allclose(one, other, atol=1e-12)
    assert torch.allclose(ours.mean, theirs.running_mean)
    assert torch.allclose(ours.variance, theirs.running_var)
    ours.eval(), theirs.eval()
    assert torch.allclose(ours(rows, counts.double()), F.silu(theirs(rows)))


def test_gaussians_and_the_mean_over_atoms_by_hand():
    basis = GaussianBasis(0.0, 2.0, 5)
    np.testing.assert_allclose(basis(torch.tensor([0.5]))[0], np.exp([-1, 0, -1, -4, -9]), rtol=1e-6)
    np.testing.assert_allclose(
        GaussianBasis(0.0, 1.0, 2, 0.25)(torch.tensor([0.5])), [[math.exp(-4)] * 2], rtol=1e-6
    )
    states = torch.tensor([[1.0], [4.0], [5.0]])
    mean = pooled(states, torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0, 0, 1]), 2)
    assert mean.tolist() == [[3.0], [5.0]]
