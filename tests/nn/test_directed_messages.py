"""Directed message passing, worked out by hand and by its symmetries."""

import numpy as np
import pytest
import torch
from rdkit import Chem

from retort.chemistry.directed_graphs import ATOM_WIDTH, BOND_WIDTH, DirectedGraph, directed_graph
from retort.chemistry.molecules import parse
from retort.nn.directed_messages import DirectedGraphs, DirectedMessagePassing, feed_forward


def chain(values, edge):
    """Atoms in a row whose first feature has these values; the first feature of all bonds is `edge`."""
    count = len(values)
    atoms, bonds = (
        np.zeros((count, ATOM_WIDTH), np.float32),
        np.zeros((2 * count - 2, BOND_WIDTH), np.float32),
    )
    atoms[:, 0], bonds[:, 0] = values, edge
    ends = [pair for k in range(count - 1) for pair in ((k, k + 1), (k + 1, k))]
    return DirectedGraph(atoms, bonds, np.array(ends, np.int64).reshape(-1, 2).T)


def by_hand(depth, dropout=0.0):
    """Width 1: h0 = x + e, update with 10 m, atoms 100 x + heard + 0.5."""
    layers = DirectedMessagePassing(1, depth, dropout)
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter.zero_()
        layers.W_i.weight[0, 0] = layers.W_i.weight[0, ATOM_WIDTH] = 1
        layers.W_h.weight[0, 0] = 10
        layers.W_o.weight[0, 0] = 100
        layers.W_o.weight[0, ATOM_WIDTH] = 1
        layers.W_o.bias[0] = 0.5
    return layers


@pytest.mark.parametrize(
    ("depth", "edge", "wanted"),
    [
        # Bonds 0>1 1, 1>0 2, 1>2 2, 2>1 3: atoms hear 2, 1 + 3, 2.
        (1, 0.0, [102.5, 204.5, 302.5]),
        # 0>1 1 + 10 (2 - 2), 1>0 2 + 10 (4 - 1), 1>2 2 + 10 (4 - 3), 2>1 3 + 10 (2 - 2): atoms hear 32, 4, 12.
        (2, 0.0, [132.5, 204.5, 312.5]),
        # With e = -2 the rectifier leaves only 2>1 1; then 0>1 -1, 1>0 0 + 10, 1>2 0 + 0, 2>1 1: they hear 10, 1, 0.
        (2, -2.0, [110.5, 201.5, 300.5]),
    ],
)
def test_three_atoms_by_hand(depth, edge, wanted):
    batch = DirectedGraphs.of([chain([1, 2, 3], edge)])
    assert by_hand(depth)(batch)[:, 0].tolist() == wanted


def test_molecules_of_a_batch_do_not_meet():
    batch = DirectedGraphs.of([chain([1, 2, 3], 0), chain([4], 0), chain([1, 2, 3], 0)])
    assert batch.count == 3
    assert batch.sizes.tolist() == [3, 1, 3]
    assert batch.ends.tolist() == [[0, 1, 1, 2, 4, 5, 5, 6], [1, 0, 2, 1, 5, 4, 6, 5]]
    found = by_hand(2)(batch)[:, 0].tolist()
    assert found == [132.5, 204.5, 312.5, 400.5, 132.5, 204.5, 312.5]


def test_dropout_is_of_updates_and_of_atoms_but_not_of_the_first_messages():
    batch = DirectedGraphs.of([chain([1, 2, 3], 0)])
    layers = by_hand(2, dropout=0.5)
    seen = {tuple(layers(batch)[:, 0].tolist()) for _ in range(200)}
    assert len(seen) > 8
    # An atom is zero or doubled; the last one hears nothing or twice 1>2, which is 12.
    assert {values[2] for values in seen} == {0.0, 601.0, 649.0}
    assert layers.eval()(batch)[:, 0].tolist() == [132.5, 204.5, 312.5]


def test_another_order_of_atoms_gives_the_same_states():
    torch.manual_seed(0)
    layers = DirectedMessagePassing(16, 4)
    mol = parse("CC(N)C(=O)Oc1ccc(Cl)cc1")
    order = np.random.default_rng(1).permutation(mol.GetNumAtoms())
    one = layers(DirectedGraphs.of([directed_graph(mol)]))
    other = layers(DirectedGraphs.of([directed_graph(Chem.RenumberAtoms(mol, order.tolist()))]))
    torch.testing.assert_close(one[torch.from_numpy(order)], other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("strings", [["CC(C)(C)c1ccc(C(C)C)cc1", "CCO", "C", "CC(N)=O"], ["C", "N"]])
def test_alike_bonds_and_atoms_are_computed_once_to_the_same_values_and_gradients(strings):
    torch.manual_seed(0)
    layers = DirectedMessagePassing(8, 3).double()
    graphs = DirectedGraphs.of([directed_graph(parse(text)) for text in strings])
    wide = DirectedGraphs(graphs.atoms.double(), graphs.bonds.double(), graphs.ends, graphs.sizes)
    found = []
    for apart in (False, True):
        folded = wide.folded(3, apart)
        states = layers.states(folded)
        molecules = folded.molecules(states)
        molecules.square().sum().backward()
        found.append([states[folded.kind], molecules, *(each.grad.clone() for each in layers.parameters())])
        layers.zero_grad(set_to_none=False)
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_how_many_are_alike_by_hand():
    # In propane the ends are alike, and so are the ways in and out.
    folded = DirectedGraphs.of([directed_graph(parse("CCC"))]).folded(2)
    assert (len(folded.bonds), len(folded.atoms), folded.kind[0] == folded.kind[2]) == (2, 2, True)
    assert len(DirectedGraphs.of([directed_graph(parse("CCC"))]).folded(2, apart=True).bonds) == 4


def test_the_head_by_hand():
    head = feed_forward(2, 2, 1).double()
    with torch.no_grad():
        head[0][0].weight.copy_(torch.tensor([[1.0, 0], [0, -1]]))
        head[0][0].bias.copy_(torch.tensor([0.5, 0]))
        head[1][2].weight.copy_(torch.tensor([[2.0, 3]]))
        head[1][2].bias.copy_(torch.tensor([1.0]))
    found = head(torch.tensor([[1.0, 1], [-1, -1]], dtype=torch.float64))
    assert found.tolist() == [[2 * 1.5 + 1], [3 + 1]]
