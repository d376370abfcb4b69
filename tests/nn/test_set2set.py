"""Set2Set against a loop over sets."""

import torch

from retort.nn.set2set import Set2Set, softmax_within


def plainly(model: Set2Set, sets: list[torch.Tensor]) -> torch.Tensor:
    """The same reading, one set after the other."""
    rows = []
    for members in sets:
        question = memory = answer = members.new_zeros(1, members.shape[1])
        for _ in range(model.iterations):
            question, memory = model.cell(torch.cat([question, answer], dim=1), (question, memory))
            weight = torch.softmax(members @ question[0], dim=0)
            answer = (weight @ members)[None]
        rows.append(torch.cat([question, answer], dim=1)[0])
    return torch.stack(rows)


def test_values_gradients_and_the_order_of_members():
    torch.manual_seed(0)
    model = Set2Set(4, 3).double()
    sets = [torch.randn(size, 4, dtype=torch.float64) for size in (3, 1, 5)]
    members = torch.cat(sets).requires_grad_()
    owner = torch.tensor([0] * 3 + [1] + [2] * 5)
    found, expected = model(members, owner, 3), plainly(model, list(members.split([3, 1, 5])))
    torch.testing.assert_close(found, expected)
    weights = torch.randn(3, 8, dtype=torch.float64)
    gradients = [torch.autograd.grad((each * weights).sum(), members)[0] for each in (found, expected)]
    torch.testing.assert_close(*gradients)
    shuffled = torch.randperm(9)
    torch.testing.assert_close(model(members[shuffled], owner[shuffled], 3), found)


def test_an_empty_set_is_answered_by_zero():
    found = Set2Set(4, 2)(torch.randn(3, 4), torch.tensor([0, 0, 2]), 3)
    assert torch.isfinite(found).all()
    assert found[1, 4:].abs().sum() == 0


def test_softmax_within_large_logits():
    weight = softmax_within(torch.tensor([1000.0, 1000.0, -1000.0]), torch.tensor([0, 0, 1]), 2)
    assert weight.tolist() == [0.5, 0.5, 1.0]
