"""DeBERTa: both distances by hand, padding is nothing, the future is not seen.

Where transformers is installed (`pip install -e .[reference]`), its DeBERTa-v2 is the truth.
"""

import math

import pytest
import torch

from retort.nn.deberta import Deberta, DisentangledAttention, delta

PIECES = torch.tensor([[5, 7, 8, 2, 9, 3], [6, 9, 4, 0, 0, 0]])


def made(**changes) -> Deberta:
    torch.manual_seed(0)
    return Deberta(
        **{"vocabulary": 12, "width": 8, "layers": 2, "heads": 2, "reach": 3, "dropout": 0.0, **changes}
    ).eval()


def stirred(model: Deberta) -> Deberta:
    """Weights so large that every term counts."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.4 * torch.randn(weight.shape, generator=generator)
    return model


def test_rows_of_the_table():
    assert delta(torch.arange(-4, 5), 2).tolist() == [0, 0, 0, 1, 2, 3, 3, 3, 3]


@pytest.mark.parametrize(("terms", "count"), [(["c2p"], 2), (["p2c"], 2), (["c2p", "p2c"], 3)])
def test_distances_of_three_pieces_by_hand(terms, count):
    """Width 1, reach 2: rows 0 to 3 of the table stand for distances i - j of -2 and less, -1, 0, and 1 and more.

    Queries are the states times 2, keys times 3, for pieces and distances alike; the table is 1, 10, 100, 1000. The
    score of j for i has 2 x_i 3 t (c2p) and 3 x_j 2 t (p2c), with the same t, that of i - j, in both.
    """
    attention = DisentangledAttention(1, 1, 2, 0.0, terms, share=True)
    table = torch.tensor([[1.0], [10], [100], [1000]])
    with torch.no_grad():
        for weight, value in (
            (attention.query_proj, 2.0),
            (attention.key_proj, 3.0),
            (attention.value_proj, 1.0),
        ):
            weight.weight.fill_(value)
            weight.bias.zero_()
    x = torch.tensor([0.01, 0.02, -0.03])
    t = torch.tensor([[100.0, 10, 1], [1000, 100, 10], [1000, 1000, 100]])  # by query i and key j
    scores = 6 * x[:, None] * x
    if "c2p" in terms:
        scores = scores + 6 * x[:, None] * t
    if "p2c" in terms:
        scores = scores + 6 * x[None, :] * t
    wanted = (scores / math.sqrt(count)).softmax(dim=1) @ x
    states = x.view(1, 3, 1)
    found = attention(states, attention.remember(states, table, None))
    torch.testing.assert_close(found.flatten(), wanted)


def test_padding_changes_nothing():
    model = stirred(made())
    alone = [model.states(PIECES[:1]), model.states(PIECES[1:, :3])]
    found = model.states(PIECES, PIECES != 0)
    torch.testing.assert_close(found[:1], alone[0])
    torch.testing.assert_close(found[1:, :3], alone[1])


def test_a_causal_state_knows_nothing_of_what_follows():
    model, changed = stirred(made()), PIECES.clone()
    changed[:, 3:] = 10
    for real in (None, torch.ones_like(PIECES, dtype=torch.bool)):
        one, other = (model.states(pieces, real, causal=True) for pieces in (PIECES, changed))
        torch.testing.assert_close(one[:, :3], other[:, :3])
        assert not torch.allclose(one[:, 3], other[:, 3])
    assert not torch.allclose(model.states(PIECES)[:, :3], model.states(changed)[:, :3])


def test_there_are_as_many_hidden_states_as_layers_and_one():
    model = made()
    hidden = model.hidden(PIECES)
    assert [state.shape for state in hidden] == [(2, 6, 8)] * 3
    torch.testing.assert_close(hidden[-1], model.states(PIECES))


def test_dropout_drops_in_training_alone():
    model = made(dropout=0.5)
    torch.testing.assert_close(model.states(PIECES), made().states(PIECES))
    model.train()
    assert not torch.allclose(model.states(PIECES), model.states(PIECES))


@pytest.mark.parametrize("wrong", [{"heads": 3}, {"terms": ["p2p"]}, {"terms": ["c2p", "c2p"]}])
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(ValueError, match="Hint"):
        made(**wrong)


@pytest.mark.parametrize("terms", [["c2p", "p2c"], ["c2p"], ["p2c"]])
@pytest.mark.parametrize("share", [True, False])
def test_it_is_the_deberta_of_transformers(terms, share):
    """Names of the weights, states and gradients, with distances beyond the reach and with padding."""
    transformers = pytest.importorskip(
        "transformers", reason="needs transformers: pip install -e .[reference]"
    )
    ours = stirred(made(vocabulary=30, width=24, layers=3, heads=4, terms=terms, share=share))
    config = transformers.DebertaV2Config(
        vocab_size=30,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=96,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        relative_attention=True,
        position_biased_input=False,
        pos_att_type=terms,
        max_relative_positions=3,
        position_buckets=-1,
        share_att_key=share,
        type_vocab_size=0,
        layer_norm_eps=1e-7,
    )
    theirs = transformers.DebertaV2Model(config).eval()
    theirs.load_state_dict(ours.state_dict())
    pieces = torch.randint(1, 30, (2, 9), generator=torch.Generator().manual_seed(2))
    real = torch.arange(9) < torch.tensor([[9], [5]])
    found = ours.states(pieces, real)
    wanted = theirs(pieces, attention_mask=real.long()).last_hidden_state
    torch.testing.assert_close(found[real], wanted[real], rtol=1e-5, atol=1e-5)
    names = [name for name, _ in ours.named_parameters()]
    pairs = [
        torch.autograd.grad(
            states[real].pow(3).sum(), [dict(model.named_parameters())[name] for name in names]
        )
        for states, model in ((found, ours), (wanted, theirs))
    ]
    # Some gradients are nothing but rounding: what all keys have in common changes no weight of attention.
    rounding = 1e-6 * max(float(gradient.abs().max()) for gradient in pairs[1])
    for name, one, other in zip(names, *pairs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=rounding, msg=name)
