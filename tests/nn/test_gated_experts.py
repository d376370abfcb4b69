"""Gated experts against a loop over tasks, experts and layers, and what is shared by whom."""

import pytest
import torch

from retort.nn.gated_experts import GatedExperts, size

PUBLISHED = {"hidden": [128, 64, 32], "tower": [32, 16]}


def perceptron(layers, index, row):
    for weight, bias, gain, shift in zip(
        layers.weights, layers.biases, layers.gains, layers.shifts, strict=True
    ):
        said = row @ weight[index] + bias[index, 0]
        scaled = (said - said.mean()) / torch.sqrt(said.var(correction=0) + 1e-5)
        row = torch.relu(scaled * gain[index, 0] + shift[index, 0])
    return row


@pytest.mark.parametrize("alone", [False, True])
def test_each_task_hears_the_experts_as_its_gate_says(alone):
    torch.manual_seed(0)
    model = GatedExperts(5, 3, 4, [6, 4], [3], alone=alone).double()
    for parameter in model.experts.gains:
        torch.nn.init.uniform_(parameter, 0.5, 1.5)
    rows = torch.randn(7, 5, dtype=torch.float64)
    said = model(rows)
    for row, found in zip(rows, said, strict=True):
        gates = model.gates(row).view(3, 4).softmax(dim=1)
        for task in range(3):
            first = 4 * task if alone else 0
            heard = sum(gates[task, each] * perceptron(model.experts, first + each, row) for each in range(4))
            told = perceptron(model.towers, task, heard) @ model.weight[task] + model.bias[task, 0]
            torch.testing.assert_close(found[task], told[0])


def test_sizes_are_those_of_the_published_network_and_its_relatives():
    """As counted for 132 Magpie features and six tasks; see the study's notes, less a scale for each task and end."""
    assert size(GatedExperts(132, 6, 8, **PUBLISHED)) == 239_042 - 12
    assert size(GatedExperts(132, 6, 1, **PUBLISHED)) == 38_002 - 12
    assert size(GatedExperts(132, 6, 1, **PUBLISHED, alone=True)) == 177_042 - 12


def test_a_task_alone_learns_nothing_from_the_others_and_one_that_shares_does():
    rows = torch.randn(8, 5)
    for alone in (True, False):
        torch.manual_seed(0)
        model = GatedExperts(5, 2, 3, [4], [3], alone=alone)
        model(rows)[:, 0].sum().backward()
        others = model.experts.weights[0].grad[3:] if alone else model.experts.weights[0].grad
        assert bool((others != 0).any()) == (not alone)
        assert (model.towers.weights[0].grad[1] == 0).all()


def test_what_a_row_is_told_does_not_depend_on_its_batch():
    torch.manual_seed(0)
    model = GatedExperts(5, 2, 3, [4], [3])
    rows = torch.randn(8, 5)
    torch.testing.assert_close(model(rows)[:2], model(rows[:2]))


def test_one_batch_can_be_learned_by_heart():
    torch.manual_seed(0)
    model = GatedExperts(4, 2, 3, [16, 8], [8])
    rows, wanted = torch.randn(12, 4), torch.randn(12, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(400):
        optimizer.zero_grad()
        error = torch.nn.functional.mse_loss(model(rows), wanted)
        error.backward()
        optimizer.step()
    assert error.item() < 0.02


def test_nothing_to_do_is_refused():
    with pytest.raises(ValueError, match="tasks=0, experts=1"):
        GatedExperts(4, 0, 1, [4], [3])
