"""Encoders behind one interface: shapes, positions, what is loaded and what is renewed."""

import pytest
import torch

from retort.sealed import write_tensors
from retort.studies.scitext.encoder import build, load, renew
from tests.studies.scitext.small_corpus import ENCODER

PIECES = torch.tensor([[5, 7, 8, 9, 6, 10]])
KINDS = ["deberta", "bert"]


def made(kind: str, seed: int = 0, **changes):
    torch.manual_seed(seed)
    return build(ENCODER | {"kind": kind, "dropout": 0.0} | changes, 20)


@pytest.mark.parametrize("kind", KINDS)
def test_states_and_guesses(kind):
    encoder = made(kind)
    places = torch.tensor([[1, 4]])
    assert encoder.states(PIECES).shape == (1, 6, encoder.width)
    assert encoder.vocabulary == 20
    torch.testing.assert_close(encoder.guesses(PIECES, places), encoder.states(PIECES)[:, [1, 4]])
    future = PIECES.clone()
    future[:, 3:] = 11
    one, other = (encoder.states(pieces, causal=True)[:, :3] for pieces in (PIECES, future))
    torch.testing.assert_close(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(kind):
    encoder = made(kind)
    padded = torch.cat([PIECES, torch.zeros(1, 3, dtype=torch.long)], dim=1)
    for causal in (False, True):
        torch.testing.assert_close(
            encoder.states(padded, padded != 0, causal)[:, :6], encoder.states(PIECES, causal=causal)
        )


def test_positions_of_bert_wander_while_it_is_pre_trained():
    encoder = made("bert")
    encoder.wandering = True
    states = [encoder.states(PIECES) for _ in range(4)]
    assert not all(torch.equal(states[0], other) for other in states[1:])
    encoder.eval()
    assert torch.equal(encoder.states(PIECES), encoder.states(PIECES))
    with pytest.raises(ValueError, match="Hint"):
        encoder.states(PIECES.repeat(1, 6))


def test_an_unknown_kind():
    with pytest.raises(ValueError, match="Hint"):
        made("elmo")


@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_a_run_are_taken_and_its_decoder_is_not(kind, tmp_path):
    lender, borrower = made(kind), made(kind, seed=1)
    stored = {f"encoder.{name}": value for name, value in lender.state_dict().items()}
    stored |= {"encoder.decoder.position_embeddings.weight": torch.zeros(3, 2), "head.bias": torch.zeros(20)}
    write_tensors(stored, tmp_path / "model.safetensors")
    load(borrower, tmp_path)
    assert torch.equal(borrower.states(PIECES), lender.states(PIECES))
    with pytest.raises(ValueError, match="Hint"):
        load(made(kind, layers=3), tmp_path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scope", ["none", "control", "ffn_in", "block"])
def test_what_is_renewed(kind, scope):
    encoder, before = made(kind), dict(made(kind).named_parameters())
    random = torch.get_rng_state()
    facts = renew(encoder, {"layers": [2], "scope": scope}, seed=3)
    assert torch.equal(torch.get_rng_state(), random)
    changed = {name for name, value in encoder.named_parameters() if not torch.equal(value, before[name])}
    upper = {name for name in before if ".layer.1." in name}
    ffn = {name for name in upper if name.endswith("intermediate.dense.weight")}
    drawn = {name for name in upper if name.endswith("weight") and "LayerNorm" not in name}
    assert changed == {"none": set(), "control": set(), "ffn_in": ffn, "block": drawn}[scope]
    assert len(facts["changes"]) == {"none": 0, "control": 1, "ffn_in": 1, "block": len(upper)}[scope]
    assert any(facts["changes"].values()) == bool(changed)
    if scope == "ffn_in":  # Xavier's normal: variance 2 / (in + out)
        (name,) = ffn
        weight = dict(encoder.named_parameters())[name]
        assert weight.std().item() == pytest.approx((2 / sum(weight.shape)) ** 0.5, rel=0.05)
        (change,) = facts["changes"].values()
        assert change == pytest.approx((weight - before[name]).norm().item(), rel=1e-5)


def test_norms_and_biases_of_a_renewed_block_begin_anew():
    encoder = made("deberta")
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.fill_(7.0)
    renew(encoder, {"layers": [1], "scope": "block"}, seed=0)
    for name, weight in encoder.renewable[0].named_parameters():
        if name.endswith("bias"):
            assert (weight == 0).all(), name
        elif "LayerNorm" in name:
            assert (weight == 1).all(), name
        else:
            assert weight.std().item() == pytest.approx(0.02, rel=0.1), name
    assert all((weight == 7).all() for weight in encoder.renewable[1].parameters())


@pytest.mark.parametrize(
    "wrong",
    [{"layers": [3], "scope": "block"}, {"layers": [0], "scope": "none"}, {"layers": [], "scope": "half"}],
)
def test_what_cannot_be_renewed(wrong):
    with pytest.raises(ValueError, match="Hint"):
        renew(made("deberta"), wrong, seed=0)
