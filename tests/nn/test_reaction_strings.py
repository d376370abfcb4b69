"""What is computed once, or not at all, against a transformer that computes everything."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor

from retort.nn.reaction_strings import ReactionTransformer, Strings

START = 1
COMPONENTS = [np.array([2, 5, 6]), np.array([2, 7]), np.array([2, 8, 9, 5, 5]), np.array([3, 6, 6, 7])]
REACTIONS = [[0, 1, 3], [2, 0, 0, 3], [1, 3]]  # the second has one component twice


def plain(model: ReactionTransformer, tokens: Tensor, positions: Tensor, seen: Tensor) -> Tensor:
    """All L states of one reaction; every layer but the last sees only where `seen` (L, L) is true."""
    states = model.embedding(tokens) + model.position(positions)
    for number, block in enumerate(model.blocks):
        normed = block.norm(states)
        heads = [
            each(normed).unflatten(1, (block.heads, -1)).transpose(0, 1)
            for each in (block.query, block.keys, block.values)
        ]
        logits = heads[0] @ heads[1].transpose(1, 2) / heads[0].shape[2] ** 0.5
        if number < len(model.blocks) - 1:
            logits = logits.masked_fill(~seen, -torch.inf)
        heard = (logits.softmax(dim=2) @ heads[2]).transpose(0, 1).flatten(1)
        states = states + block.out(heard)
        states = states + block.perceptron(states)
    return model.norm(states)


@pytest.fixture
def model() -> ReactionTransformer:
    torch.manual_seed(0)
    model = ReactionTransformer(10, START, 24, width=8, layers=3, heads=2).double()
    for table in (model.embedding, model.position):
        torch.nn.init.normal_(table.weight)
    return model


def compare(model: ReactionTransformer, other: ReactionTransformer, found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected)
    weights = torch.randn(found.shape, dtype=torch.float64)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    for (name, one), (_, two) in zip(model.named_parameters(), other.named_parameters(), strict=True):
        torch.testing.assert_close(one.grad, two.grad, msg=lambda text, name=name: f"{name}: {text}")


def test_components_once_are_a_transformer_whose_first_layers_see_one_component(model):
    other = copy.deepcopy(model)
    members = torch.zeros(len(REACTIONS), 1 + len(COMPONENTS), dtype=torch.float64)
    members[:, 0] = 1
    expected = []
    for row, reaction in enumerate(REACTIONS):
        pieces = [np.array([START]), *(COMPONENTS[component] for component in reaction)]
        for component in reaction:
            members[row, 1 + component] += 1
        owner = torch.repeat_interleave(
            torch.arange(len(pieces)), torch.tensor([len(piece) for piece in pieces])
        )
        positions = torch.cat([torch.arange(len(piece)) for piece in pieces])
        tokens = torch.from_numpy(np.concatenate(pieces))
        expected.append(plain(other, tokens, positions, owner[:, None] == owner)[0])
    strings = Strings.of([np.array([START]), *COMPONENTS])
    compare(model, other, model.of_components(strings, members), torch.stack(expected))


def padded() -> tuple[Tensor, list[np.ndarray]]:
    rows = [np.concatenate([[START], *(COMPONENTS[part] for part in reaction)]) for reaction in REACTIONS]
    tokens = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.int64)
    for number, row in enumerate(rows):
        tokens[number, : len(row)] = torch.from_numpy(row)
    return tokens, rows


def test_the_first_row_of_the_last_layer_is_that_of_the_whole_transformer(model):
    other = copy.deepcopy(model)
    tokens, rows = padded()
    everything = [
        plain(other, torch.from_numpy(row), torch.arange(len(row)), torch.ones(len(row), len(row)) > 0)
        for row in rows
    ]
    compare(model, other, model.of_reactions(tokens), torch.stack([states[0] for states in everything]))
    places = torch.tensor([[3, 1], [2, 4], [5, 0]])
    found = model.of_reactions(tokens, places)
    for states, row, chosen in zip(everything, found, places, strict=True):
        torch.testing.assert_close(row, states[chosen])


def test_the_order_of_components_matters_to_whole_reactions_alone(model):
    strings = Strings.of([np.array([START]), *(COMPONENTS[part] for part in (0, 1, 3))])
    turned = Strings.of([np.array([START]), *(COMPONENTS[part] for part in (3, 1, 0))])
    members = torch.ones(1, 4, dtype=torch.float64)
    torch.testing.assert_close(model.of_components(strings, members), model.of_components(turned, members))
    one = torch.from_numpy(np.concatenate([[START], *(COMPONENTS[part] for part in (0, 1, 3))]))[None]
    two = torch.from_numpy(np.concatenate([[START], *(COMPONENTS[part] for part in (1, 0, 3))]))[None]
    assert (model.of_reactions(one) - model.of_reactions(two)).abs().max() > 1e-3


def test_a_width_that_heads_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="width=10 is no multiple of heads=4"):
        ReactionTransformer(10, START, 5, width=10, layers=1, heads=4)
