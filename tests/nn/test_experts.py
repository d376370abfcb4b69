"""Experts against a loop over rows, and what their balance means."""

import pytest
import torch

from retort.nn.experts import Experts, ResidualExperts, imbalance


def test_each_row_hears_its_two_likeliest_experts():
    torch.manual_seed(0)
    model = Experts(5, 4).double()
    rows = torch.randn(7, 5, dtype=torch.float64)
    said, _ = model(rows)
    for row, found in zip(rows, said, strict=True):
        likely = torch.softmax(model.gate.weight @ row, dim=0)
        first, second = likely.argsort(descending=True)[:2].tolist()
        share = likely[first] / (likely[first] + likely[second])
        heard = [torch.relu(row @ model.experts[expert]) for expert in (first, second)]
        torch.testing.assert_close(found, share * heard[0] + (1 - share) * heard[1])


def test_experts_that_are_not_chosen_learn_nothing_and_the_gate_learns():
    torch.manual_seed(0)
    model = Experts(5, 4)
    row = torch.randn(1, 5)
    model(row)[0].sum().backward()
    chosen = model.weights(model.gate(row).softmax(dim=1))[0] > 0
    assert chosen.sum() == 2
    assert (model.experts.grad[~chosen] == 0).all()
    assert (model.experts.grad[chosen] != 0).any()
    assert model.gate.weight.grad.abs().sum() > 0


def test_imbalance_is_one_where_all_are_used_alike_and_their_number_where_one_is_used_alone():
    even = torch.eye(4) * 0.97 + 0.01 * (1 - torch.eye(4))
    assert imbalance(even).item() == pytest.approx(1.0)
    alone = torch.tensor([[1.0, 0, 0, 0]]).repeat(8, 1)
    assert imbalance(alone).item() == pytest.approx(4.0)


def test_the_imbalance_falls_when_it_is_descended():
    torch.manual_seed(0)
    model = Experts(6, 4)
    rows = torch.randn(64, 6) + torch.ones(6)
    with torch.no_grad():
        model.gate.weight[0] += 1.0  # nearly all rows like the first one best
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    before = model(rows)[1].item()
    for _ in range(50):
        optimizer.zero_grad()
        model(rows)[1].backward()
        optimizer.step()
    assert model(rows)[1].item() < 1.3 < before


def test_the_layer_is_residual_and_deterministic_in_evaluation():
    torch.manual_seed(0)
    model = ResidualExperts(6, 4, 0.5)
    rows = torch.randn(9, 6)
    assert not torch.equal(model(rows)[0], model(rows)[0])
    model.eval()
    assert torch.equal(model(rows)[0], model(rows)[0])
    with torch.no_grad():
        model.experts.experts.zero_()
    torch.testing.assert_close(model(rows)[0], model.norm(model.linear(rows)).relu())


def test_more_listening_than_experts_is_refused():
    with pytest.raises(ValueError, match="top=2 of count=1"):
        Experts(4, 1)
