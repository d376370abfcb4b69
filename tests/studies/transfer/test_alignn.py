"""ALIGNN against a plain forward pass with PyTorch's batch norm, and against the symmetries of crystals."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from retort.studies.transfer.alignn import ALIGNN

from .crystals import CHANGES, VECTORS, store, structures

REAL = ("atoms", "length", "bonds", "cosine", "pairs")
SMALL = {"layers": 2, "gcn_layers": 2, "width": 16, "hidden": 8, "lengths": 20, "angles": 10}


@pytest.fixture
def net():
    torch.manual_seed(0)
    return ALIGNN(VECTORS, **SMALL)


def trained(net, graphs):
    """The net in evaluation mode, with running statistics of these graphs."""
    with torch.no_grad():
        for _ in range(30):
            net.train()(graphs)
    return net.eval()


def test_published_size():
    assert sum(parameter.numel() for parameter in ALIGNN(torch.zeros(119, 92)).parameters()) == 4_026_753


def test_against_a_plain_forward_pass(net, tmp_path):
    """The published equations, one operation after the other, on the whole graphs."""
    graphs = store(structures(), tmp_path, merged=False).batch(np.arange(5), angles=True)

    def norm(layer, rows):
        return F.silu(F.batch_norm(rows, None, None, layer.weight, layer.bias, training=True))

    def embedding(layer, rows):
        return norm(layer.norm, layer.linear(rows))

    def convolution(layer, nodes, edges, source, target):
        parts = zip(layer.node.weight.chunk(4), layer.node.bias.chunk(4), strict=True)
        a, b, v, u = (F.linear(nodes, weight, bias) for weight, bias in parts)
        m = a[target] + b[source] + layer.edge(edges)
        gate = m.sigmoid()
        sums = [torch.zeros_like(nodes).index_add(0, target, part) for part in (gate * v[source], gate)]
        return nodes + norm(layer.node_norm, u + sums[0] / (sums[1] + 1e-6)), edges + norm(layer.edge_norm, m)

    lengths, cosines = (torch.linspace(*ends) for ends in ((0, 8, 20), (-1, 1, 10)))
    atoms = embedding(net.atom, VECTORS[graphs.numbers])
    bonds = torch.exp(-(19 / 8) * (graphs.length[:, None] - lengths) ** 2)
    angles = torch.exp(-(9 / 2) * (graphs.cosine[:, None] - cosines) ** 2)
    for one, other in zip(net.length, net.angle, strict=True):
        bonds, angles = embedding(one, bonds), embedding(other, angles)
    for layer in range(4):
        atoms, bonds = convolution(net.on_crystal[layer], atoms, bonds, graphs.source, graphs.target)
        if layer < 2:
            bonds, angles = convolution(net.on_lines[layer], bonds, angles, graphs.first, graphs.second)
    mean = torch.stack([atoms[graphs.crystal == row].mean(0) for row in range(5)])
    torch.testing.assert_close(net.embed(graphs), mean, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(net(graphs), net.head(mean), rtol=1e-4, atol=1e-5)


def test_merged_graphs_train_as_whole_ones(net, tmp_path):
    net = net.double()
    results = []
    for merged in (True, False):
        graphs = store(structures(), tmp_path / str(merged), merged=merged).batch(np.arange(5), angles=True)
        graphs = replace(graphs, **{name: getattr(graphs, name).double() for name in REAL})
        net.zero_grad()
        embedding = net.train().embed(graphs)
        net.head(embedding).square().sum().backward()
        gradients = {name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None}
        results.append((embedding.detach(), gradients))
    torch.testing.assert_close(results[0], results[1], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_symmetries(net, tmp_path, change):
    crystals = structures()
    graphs = store(crystals, tmp_path / "a").batch(np.arange(5), angles=True)
    changed = store([change(crystal) for crystal in crystals], tmp_path / "b").batch(
        np.arange(5), angles=True
    )
    net = trained(net, graphs)
    with torch.no_grad():
        embedding = net.embed(graphs)
        torch.testing.assert_close(net.embed(changed), embedding, rtol=1e-4, atol=1e-4)
        assert embedding.std(0).mean() > 0.01  # it does tell crystals apart
    whole = store([change(crystal) for crystal in crystals], tmp_path / "c", merged=False)
    with torch.no_grad():
        torch.testing.assert_close(
            net.embed(whole.batch(np.arange(5), angles=True)), embedding, rtol=1e-4, atol=1e-4
        )


def test_one_batch_is_learned(net, tmp_path):
    graphs = store(structures(), tmp_path).batch(np.arange(5), angles=True)
    wanted = torch.tensor([[1.0], [-1.0], [0.5], [2.0], [0.0]])
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.01)
    for _ in range(80):
        loss = F.mse_loss(net(graphs), wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.01
