"""CrabNet against torch's own transformer on padded batches, and its encoding against a loop."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from retort.studies.transfer.crabnet import CrabNet, FractionalEncoding
from retort.studies.transfer.formulas import Formulas

from .random_formulas import draw

SMALL = {"width": 16, "layers": 2, "heads": 4, "feedforward": 24, "residual": (20, 12, 12)}


@pytest.fixture
def model() -> CrabNet:
    torch.manual_seed(0)
    model = CrabNet(torch.randn(119, 7), **SMALL).double().eval()
    with torch.no_grad():
        for parameter in (model.scale, model.encoding.scale, model.encoding.log_scale):
            parameter.add_(0.3)  # away from one, where the gains cannot be told from no gains
    return model


def padded(model: CrabNet, numbers: np.ndarray, fractions: np.ndarray) -> torch.Tensor:
    """The published computation: every slot is computed, padding is masked, the average comes last."""
    numbers, fractions = torch.from_numpy(numbers), torch.from_numpy(fractions)
    absent = numbers == 0
    x = model.embedding(model.vectors[numbers]) * 2**model.scale
    x = x + model.encoding(fractions.clamp(min=1e-9).flatten()).unflatten(0, numbers.shape)
    width, heads, feedforward = SMALL["width"], SMALL["heads"], SMALL["feedforward"]
    layer = nn.TransformerEncoderLayer(width, heads, feedforward, batch_first=True)
    reference = nn.TransformerEncoder(layer, SMALL["layers"], enable_nested_tensor=False).double().eval()
    for theirs, ours in zip(reference.layers, model.encoder, strict=True):
        theirs.self_attn.in_proj_weight.data = ours.project.weight.data
        theirs.self_attn.in_proj_bias.data = ours.project.bias.data
        theirs.self_attn.out_proj.load_state_dict(ours.mix.state_dict())
        theirs.linear1.load_state_dict(ours.wide.state_dict())
        theirs.linear2.load_state_dict(ours.narrow.state_dict())
        theirs.norm1.load_state_dict(ours.attention_norm.state_dict())
        theirs.norm2.load_state_dict(ours.output_norm.state_dict())
    x = reference(x, src_key_padding_mask=absent)
    for layer, skip in zip(model.residual.layers, model.residual.skips, strict=True):
        x = nn.functional.leaky_relu(layer(x)) + skip(x)
    out = model.last(x).masked_fill(absent[:, :, None], 0).sum(dim=1) / (~absent).sum(dim=1)[:, None]
    return torch.stack([out[:, 0] / (1 + torch.exp(-out[:, 2])), out[:, 1]], dim=1)


def test_published_size():
    model = CrabNet(torch.zeros(119, 200))
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == 11_987_206
    assert model.width == 128


def test_packed_equals_padded_with_an_explicit_mask(model):
    numbers, fractions = draw(60, 7)
    with torch.no_grad():
        expected = padded(model, numbers, fractions)
        batch = Formulas(torch.from_numpy(numbers), torch.from_numpy(fractions))
        torch.testing.assert_close(model(batch), expected, rtol=1e-9, atol=1e-9)
        assert model.embed(batch).shape == (60, 12)


def test_encoding_against_a_loop():
    width, fractions = 12, [1.0, 0.5, 1 / 3, 0.02, 0.00047, 1e-6]
    encoding = FractionalEncoding(width)
    with torch.no_grad():
        encoding.scale.fill_(0.0)
        encoding.log_scale.fill_(2.5)
    gains = [2 ** ((1 - 0.0) ** 2), 2 ** ((1 - 2.5) ** 2)]
    expected = np.zeros((len(fractions), width))
    for row, fraction in enumerate(fractions):
        for half, x in enumerate([fraction, min(1, 0.0025 * math.log2(fraction) ** 2)]):
            index = round(max(x, 1 / 5000) * 5000) - 1
            for column in range(width // 2):
                angle = index / 50 ** (2 * column / (width // 2))
                value = math.sin(angle) if column % 2 == 0 else math.cos(angle)
                expected[row, half * width // 2 + column] = gains[half] * value
    # Single precision: an index of 4,999 is known to 2e-4 rad.
    assert encoding(torch.tensor(fractions)).detach().numpy() == pytest.approx(expected, abs=3e-3)


def test_a_row_does_not_depend_on_its_batch(model):
    numbers, fractions = draw(30, 7)
    with torch.no_grad():
        together = model(Formulas.from_arrays(numbers, fractions.astype(np.float32)))
        for row in range(30):
            one = slice(row, row + 1)
            alone = model(Formulas.from_arrays(numbers[one], fractions[one]))
            torch.testing.assert_close(alone[0], together[row], rtol=1e-6, atol=1e-6)


def test_the_order_of_elements_and_where_padding_lies_mean_nothing(model):
    numbers, fractions = draw(30, 5)
    shuffle = np.random.default_rng(1).permuted(np.tile(np.arange(5), (30, 1)), axis=1)
    with torch.no_grad():
        expected = model(Formulas.from_arrays(numbers, fractions))
        shuffled = [np.take_along_axis(array, shuffle, axis=1) for array in (numbers, fractions)]
        torch.testing.assert_close(model(Formulas.from_arrays(*shuffled)), expected)


def test_head_of_embedding_is_the_forward_pass(model):
    batch = Formulas.from_arrays(*draw(8, 4))
    assert torch.equal(model.head(model.embed(batch)), model(batch))


def test_every_parameter_learns_and_one_batch_is_learned():
    torch.manual_seed(0)
    model = CrabNet(torch.randn(119, 7), **SMALL | {"dropout": 0.0})
    batch, target = Formulas.from_arrays(*draw(16, 5)), torch.randn(16)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for step in range(200):
        optimizer.zero_grad()
        output = model(batch)
        loss = (output[:, 0] - target).abs().mean() + output[:, 1].square().mean()
        loss.backward()
        if step == 0:
            silent = [name for name, p in model.named_parameters() if not p.grad.abs().sum() > 0]
            # The published gain is flat at its start; see FractionalEncoding.
            assert silent == ["encoding.scale", "encoding.log_scale"]
        optimizer.step()
    assert loss.item() < 0.1


def test_impossible_widths_are_refused():
    with pytest.raises(ValueError, match="width=10"):
        CrabNet(torch.zeros(119, 7), width=10, heads=4)
