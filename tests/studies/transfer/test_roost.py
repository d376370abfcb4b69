"""Roost against loops over pairs of elements, network by network, as published."""

import numpy as np
import pytest
import torch
from torch.nn.functional import leaky_relu

from retort.studies.transfer.formulas import Formulas
from retort.studies.transfer.roost import Roost, WeightedAttention

from .random_formulas import draw

SMALL = {"features": 6, "layers": 2, "heads": 3, "hidden": 5, "trunk": (9, 9), "width": 8, "tail": (7,)}


@pytest.fixture
def model() -> Roost:
    torch.manual_seed(0)
    return Roost(torch.randn(119, 7), **SMALL).double().eval()


def attend(layer: WeightedAttention, head: int, pairs: list[torch.Tensor], fractions: list) -> torch.Tensor:
    """sum_j a_j g(pair j) of one head, with a_j in proportion to fraction_j^p exp(f(pair j))."""
    # Networks over the concatenated pair, put together from the rearranged weights.
    weight = layer.other.weight if layer.own is None else torch.cat([layer.own.weight, layer.other.weight], 1)
    rows = [slice((kind * layer.heads + head) * layer.hidden, (kind * layer.heads + head + 1) * layer.hidden)
            for kind in (0, 1)]  # fmt: skip
    columns = slice(head * layer.hidden, (head + 1) * layer.hidden)
    shares, messages = [], []
    for pair, fraction in zip(pairs, fractions, strict=True):
        gate = layer.gate[head] @ leaky_relu(weight[rows[0]] @ pair + layer.other.bias[rows[0]])
        shares.append(fraction ** layer.power[head] * gate.exp())
        hidden = leaky_relu(weight[rows[1]] @ pair + layer.other.bias[rows[1]])
        messages.append(layer.message[:, columns] @ hidden + layer.bias[head])
    total = sum(shares)
    return sum(share / total * message for share, message in zip(shares, messages, strict=True))


def one_by_one(model: Roost, numbers: np.ndarray, fractions: np.ndarray) -> torch.Tensor:
    """Formula by formula, element by element, pair by pair."""
    out = []
    for row in range(len(numbers)):
        present = numbers[row] > 0
        amounts = torch.tensor(fractions[row][present]).unbind()
        x = [
            torch.cat([model.embedding(model.vectors[number]), amount[None]])
            for number, amount in zip(numbers[row][present], amounts, strict=True)
        ]
        for layer in model.messages:
            x = [
                own
                + sum(attend(layer, h, [torch.cat([own, other]) for other in x], amounts) for h in range(3))
                / 3
                for own in x
            ]
        pooled = sum(attend(model.pooling, head, x, amounts) for head in range(3)) / 3
        trunk = model.out(model.trunk(pooled[None]))
        out.append(model.last(model.tail(trunk.relu()))[0])
    return torch.stack(out)


def test_published_size():
    model = Roost(torch.zeros(119, 200))
    # Embedding; message heads with f: 128-256-1, g: 128-256-64 and p; pooling heads likewise from 64; trunk; head.
    message = (128 * 256 + 256) + (256 + 1) + (128 * 256 + 256) + (256 * 64 + 64) + 1
    pooling = (64 * 256 + 256) + (256 + 1) + (64 * 256 + 256) + (256 * 64 + 64) + 1
    trunk = (2 * 64 + 1) * 1024 + (2 * 1024 + 1) * 512 + (512 + 1) * 256
    head = (2 * 256 + 1) * 128 + (2 * 128 + 1) * 64 + (64 + 1) * 2
    published = (200 + 1) * 63 + 9 * message + 3 * pooling + trunk + head
    gate_biases = 12
    assert published == 2_302_161
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == published - gate_biases
    assert model.width == 256


def test_packed_equals_loops_over_pairs(model):
    numbers, fractions = draw(20, 5)
    batch = Formulas(torch.from_numpy(numbers), torch.from_numpy(fractions))
    with torch.no_grad():
        torch.testing.assert_close(model(batch), one_by_one(model, numbers, fractions), rtol=1e-9, atol=1e-9)
        assert model.embed(batch).shape == (20, 8)


def test_a_row_does_not_depend_on_its_batch(model):
    numbers, fractions = draw(30, 7)
    with torch.no_grad():
        together = model(Formulas(torch.from_numpy(numbers), torch.from_numpy(fractions)))
        for row in range(30):
            one = slice(row, row + 1)
            alone = model(Formulas(torch.from_numpy(numbers[one]), torch.from_numpy(fractions[one])))
            torch.testing.assert_close(alone[0], together[row])


def test_the_order_of_elements_and_where_padding_lies_mean_nothing(model):
    numbers, fractions = draw(30, 5)
    shuffle = np.random.default_rng(1).permuted(np.tile(np.arange(5), (30, 1)), axis=1)
    shuffled = [np.take_along_axis(array, shuffle, axis=1) for array in (numbers, fractions)]
    with torch.no_grad():
        expected = model(Formulas.from_arrays(numbers, fractions))
        torch.testing.assert_close(model(Formulas.from_arrays(*shuffled)), expected)


def test_fresh_layers_are_drawn_as_the_published_ones():
    """The first layers see pairs: bound 1/sqrt(2 features); the second ones see the hidden layer."""
    torch.manual_seed(0)
    layer = WeightedAttention(64, 3, 256, True)
    for parameter, inputs in [(layer.own.weight, 128), (layer.other.bias, 128), (layer.message, 256)]:
        assert parameter.abs().max().item() == pytest.approx(inputs**-0.5, rel=0.01)
    assert WeightedAttention(64, 3, 256, False).other.weight.abs().max().item() == pytest.approx(
        1 / 8, rel=0.01
    )


def test_the_embedding_takes_both_signs(model):
    batch = Formulas.from_arrays(*draw(40, 5))
    embedding = model.embed(batch)
    assert (embedding < 0).any()
    assert (embedding > 0).any()
    assert torch.equal(model.head(embedding), model(batch))


def test_every_parameter_learns_and_one_batch_is_learned():
    torch.manual_seed(0)
    model = Roost(torch.randn(119, 7), **SMALL)
    batch, target = Formulas.from_arrays(*draw(16, 5)), torch.randn(16)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for step in range(300):
        optimizer.zero_grad()
        output = model(batch)
        loss = (output[:, 0] - target).abs().mean() + output[:, 1].square().mean()
        loss.backward()
        if step == 0:
            silent = [name for name, p in model.named_parameters() if not p.grad.abs().sum() > 0]
            assert silent == []
        optimizer.step()
    assert loss.item() < 0.1
