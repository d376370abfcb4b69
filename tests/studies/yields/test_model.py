"""The networks: each molecule once is the published formulation, and the parts do what they say."""

import copy

import numpy as np
import pytest
import torch

from retort.studies.yields import published
from retort.studies.yields.model import FeatureEncoder, YieldNet
from retort.studies.yields.reactions import Reactions
from tests.studies.yields.small_plate import NETWORK, inputs, places

COMBINATIONS = [
    ["graph"],
    ["sequence"],
    ["features"],
    ["graph", "features"],
    ["graph", "sequence", "features"],
]


@pytest.fixture(scope="module")
def plate() -> Reactions:
    return Reactions(inputs().features, NETWORK, 0)


def test_each_molecule_once_has_the_values_and_gradients_of_the_published_formulation(plate):
    torch.manual_seed(0)
    model = YieldNet(NETWORK | {"views": ["graph"]}, plate.widths).eval()
    other = copy.deepcopy(model)
    chosen = np.array([1, 17, 33, 46, 1])
    mean, log_variance, _ = model(plate.batch(chosen))
    plain_mean, plain_log_variance = published.forward(other, plate, chosen)
    torch.testing.assert_close(mean, plain_mean)
    torch.testing.assert_close(log_variance, plain_log_variance)
    for outputs in ((mean, log_variance), (plain_mean, plain_log_variance)):
        (outputs[0].square().sum() + 3 * outputs[1].sum()).backward()
    for (name, one), (_, two) in zip(model.named_parameters(), other.named_parameters(), strict=True):
        torch.testing.assert_close(
            one.grad, two.grad, rtol=1e-4, atol=1e-6, msg=lambda t, n=name: f"{n}: {t}"
        )
        assert one.grad.abs().sum() > 0, name


@pytest.mark.parametrize("views", COMBINATIONS)
@pytest.mark.parametrize("attention", ["components", "reaction"])
def test_every_parameter_of_every_combination_learns(views, attention):
    sequence = NETWORK["sequence"] | {"attention": attention}
    network = NETWORK | {"views": views, "sequence": sequence}
    plate = Reactions(inputs().features, network, 0)
    torch.manual_seed(0)
    model = YieldNet(network, plate.widths)
    mean, log_variance, unbalanced = model(plate.batch(places()))
    assert mean.shape == log_variance.shape == (48,)
    (mean.square().sum() + log_variance.sum() + unbalanced).backward()
    still = [name for name, value in model.named_parameters() if value.grad is None]
    # Of the last layer, the start alone asks; all others are asked.
    assert still == []


def test_what_repeated_encodings_give_differs_by_dropout_alone(plate):
    torch.manual_seed(0)
    model = YieldNet(NETWORK, plate.widths)
    encoded = model.encode(plate.batch(places()))
    mean, _, _ = model.head(encoded.repeated(2))
    one, other = mean.chunk(2)
    assert (one != other).any()
    model.eval()
    mean, _, _ = model.head(encoded.repeated(2))
    assert torch.equal(*mean.chunk(2))
    assert torch.equal(mean[:48], model.head(encoded)[0])


def test_encoders_draw_nothing(plate):
    torch.manual_seed(0)
    model = YieldNet(NETWORK, plate.widths).train()
    batch = plate.batch(places())
    assert torch.equal(model.encode(batch).known, model.encode(batch).known)


def test_without_experts_there_are_plain_layers_and_nothing_to_balance():
    model = FeatureEncoder(20, 8, experts=0, mixtures=2, dense=1, dropout=0.0, entry=0.0)
    rows, unbalanced = model(torch.randn(6, 8))
    assert rows.shape == (6, 8)
    assert unbalanced.item() == 0
    assert model.usage(torch.randn(6, 8)) == []


def test_usage_of_experts_sums_to_one():
    torch.manual_seed(0)
    model = FeatureEncoder(20, 8, experts=4, mixtures=2, dense=1, dropout=0.0, entry=0.0).eval()
    usage = model.usage(torch.randn(50, 8))
    assert [len(shares) for shares in usage] == [4, 4]
    assert [sum(shares) for shares in usage] == pytest.approx([1, 1])


def test_features_enter_as_sums_over_both_sides(plate):
    torch.manual_seed(0)
    model = FeatureEncoder(1024, 8, experts=4, mixtures=1, dense=1, dropout=0.1, entry=0.1)
    chosen = np.array([5, 40, 22])
    sums = [
        plate.molecule_features[plate.components(place, 0) + plate.components(place, 1)].sum(axis=0)
        for place in chosen
    ]
    expected = model.norm(model.linear(torch.from_numpy(np.stack(sums)))).relu()
    torch.testing.assert_close(model.enter(plate.batch(chosen)), expected)
