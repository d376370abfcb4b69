"""The lighter teacher against the symmetries of crystals and against a plain forward pass."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from retort.studies.transfer.gated import AngularEnvironment, GatedGraphNet

from .crystals import CHANGES, VECTORS, store, structures


@pytest.fixture(params=[0, 6], ids=["lengths", "angles"])
def net(request):
    torch.manual_seed(0)
    return GatedGraphNet(VECTORS, width=16, layers=2, basis=20, angles=request.param)


def batch(crystals, folder, **options):
    return store(crystals, folder, **options).batch(np.arange(len(crystals)), angles=True)


def test_interface(net, tmp_path):
    graphs = batch(structures(), tmp_path)
    embedding = net.embed(graphs)
    assert embedding.shape == (5, net.width)
    assert torch.equal(net(graphs), net.head(embedding))
    assert net(graphs).shape == (5, 1)
    assert net.needs_angles == (net.angles is not None)


def test_merged_graphs_are_the_whole_ones(net, tmp_path):
    with torch.no_grad():
        few, all_ = (net.embed(batch(structures(), tmp_path / str(m), merged=m)) for m in (True, False))
    torch.testing.assert_close(few, all_, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_symmetries(net, tmp_path, change):
    with torch.no_grad():
        embedding = net.embed(batch(structures(), tmp_path / "a"))
        changed = batch([change(crystal) for crystal in structures()], tmp_path / "b")
        torch.testing.assert_close(net.embed(changed), embedding, rtol=1e-4, atol=1e-5)
    assert embedding.std(0).mean() > 0.001


def test_the_angular_environment_against_a_double_loop(tmp_path):
    graphs = batch(structures()[4:], tmp_path, merged=False)
    features = AngularEnvironment(6)(graphs)
    centres = np.linspace(-1, 1, 6)
    for bond in range(0, len(graphs.length), 7):
        expected = np.zeros((2, 6))
        for first, second, cosine in zip(graphs.first, graphs.second, graphs.cosine, strict=True):
            if second == bond:
                for row, reach in enumerate(AngularEnvironment.RANGES):
                    weight = np.exp(-((float(graphs.length[first]) / reach) ** 2))
                    expected[row] += weight * np.exp(-(((float(cosine) - centres) * 2.5) ** 2))
        np.testing.assert_allclose(features[bond], expected.ravel(), rtol=1e-4, atol=1e-5)


def test_one_batch_is_learned(net, tmp_path):
    graphs = batch(structures(), tmp_path)
    wanted = torch.tensor([[1.0], [-1.0], [0.5], [2.0], [0.0]])
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.01)
    for _ in range(100):
        loss = F.mse_loss(net(graphs), wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.01
