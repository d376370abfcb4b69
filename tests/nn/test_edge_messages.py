"""One matrix for each kind of bond against the published formulation, one for each bond; in values and gradients."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor

from retort.nn.edge_messages import BondGraphs, EdgeMessages


def molecules(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Three molecules: a ring of five, one atom alone, a chain of three; two of the three kinds of bond occur."""
    rng = np.random.default_rng(seed)
    pairs = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (6, 7), (7, 8)]
    both = np.array([pair for a, b in pairs for pair in ((a, b), (b, a))]).T
    kind = np.repeat(rng.choice([0, 2], len(pairs)), 2)
    return (
        rng.integers(0, 2, (9, 6)).astype(np.uint8),
        np.array([5, 1, 3]),
        np.vstack([both, kind]),
        rng.integers(0, 2, (3, 4)).astype(np.uint8) + np.eye(3, 4, dtype=np.uint8),
    )


def plainly(model: EdgeMessages, atoms: np.ndarray, bonds: np.ndarray, kinds: np.ndarray) -> Tensor:
    """The same network, one bond after the other, each with a matrix of its own."""
    width = model.width
    first = model.project(torch.from_numpy(atoms).double()).relu()
    state = first
    for _ in range(model.steps):
        heard = [model.bias for _ in range(len(atoms))]
        for source, target, kind in bonds.T.tolist():
            matrix = model.matrices(torch.from_numpy(kinds[kind]).double()).view(width, width)
            heard[target] = heard[target] + state[source] @ matrix
        state = model.gate(torch.stack(heard).relu(), state)
    return torch.cat([first, state], dim=1)


def in_double(graphs: BondGraphs) -> BondGraphs:
    wide = {"atoms": graphs.atoms.double(), "kinds": graphs.kinds.double()}
    return BondGraphs(**(vars(graphs) | wide))


def test_values_and_gradients_are_those_of_a_matrix_for_each_bond():
    atoms, sizes, bonds, kinds = molecules()
    torch.manual_seed(0)
    model = EdgeMessages(6, 4, 8, 3).double()
    torch.nn.init.normal_(model.bias)
    other = copy.deepcopy(model)
    found = model(in_double(BondGraphs.of(atoms, sizes, bonds, kinds)))
    expected = plainly(other, atoms, bonds, kinds)
    assert found.shape == (9, 16)
    torch.testing.assert_close(found, expected)
    weights = torch.randn(found.shape, dtype=torch.float64)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    for (name, one), (_, two) in zip(model.named_parameters(), other.named_parameters(), strict=True):
        torch.testing.assert_close(one.grad, two.grad, msg=lambda text, name=name: f"{name}: {text}")
        assert one.grad.abs().sum() > 0, name


def test_messages_reach_as_far_as_there_are_steps():
    atoms = np.zeros((4, 2), np.uint8)
    bonds = np.array([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2], [0] * 6])
    changed = atoms.copy()
    changed[0] = 1
    torch.manual_seed(0)
    for steps, reached in ((1, 2), (2, 3), (3, 4)):
        model = EdgeMessages(2, 1, 16, steps)
        states = [model(BondGraphs.of(each, [4], bonds, np.ones((1, 1)))) for each in (atoms, changed)]
        differs = (states[0] - states[1]).abs().sum(dim=1) > 0
        assert differs.tolist() == [number < reached for number in range(4)]


@pytest.mark.parametrize("count", [0, 1])
def test_molecules_without_bonds(count):
    bonds = np.zeros((3, 0), np.int64)
    graphs = BondGraphs.of(np.ones((count, 2)), np.ones(count, int), bonds, np.ones((2, 3)))
    assert EdgeMessages(2, 3, 4, 2)(graphs).shape == (count, 8)
