"""The transformer: padding is nothing to it, weights follow the seed.

Where transformers is installed (`pip install -e .[reference]`), its RoBERTa is the truth.
"""

import pytest
import torch

from retort.nn import masked_language
from retort.nn.roberta import Roberta, SelfAttention
from retort.nn.tokens import TokenBatch, Vocabulary, smiles_batch
from retort.nn.transformer import Transformer

TEXTS = ["CCO", "CC(=O)Oc1ccccc1C(=O)O", "C[C@@H](N)C(=O)O"]


def made() -> Transformer:
    torch.manual_seed(0)
    return Transformer(width=16, layers=2, heads=2, longest=40).eval()


def test_padding_changes_nothing() -> None:
    model, batch = made(), smiles_batch(TEXTS, 40)
    with torch.no_grad():
        alone = torch.cat([model(smiles_batch([text], 40)) for text in TEXTS])
        torch.testing.assert_close(model(batch), alone, rtol=1e-4, atol=1e-5)


def test_weights_follow_the_seed() -> None:
    assert all(torch.equal(a, b) for a, b in zip(made().parameters(), made().parameters(), strict=True))


def test_too_long_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="Hint"):
        made()(smiles_batch(["C" * 60], 62))


def test_one_masked_batch_is_learned() -> None:
    model = masked_language.MaskedLanguageModel(made().train())
    batch = masked_language.mask(smiles_batch(TEXTS, 40), 0.15, torch.Generator().manual_seed(1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(400):
        terms = masked_language.masked_language_loss(model, batch)
        optimizer.zero_grad()
        terms["total"].backward()
        optimizer.step()
        losses.append(terms["total"].item())
    assert losses[-1] < 0.1 < 3 < losses[0]


def test_strings_of_another_alphabet_are_masked_and_read() -> None:
    letters = Vocabulary(size=30, start=2, end=3, mask=1, first=4)
    torch.manual_seed(0)
    model = masked_language.MaskedLanguageModel(Transformer(16, 1, 2, longest=10, vocabulary=letters))
    batch = TokenBatch.of([[2, 4, 29, 3], [2, 11, 12, 13, 14, 3]])
    hidden = masked_language.mask(batch, 0.5, torch.Generator().manual_seed(0), letters)
    assert hidden.chosen.sum(dim=1).tolist() == [1, 2]
    assert not hidden.chosen[:, 0].any()
    assert model(hidden).shape == (3, 30)
    assert masked_language.masked_language_loss(model, hidden)["total"].isfinite()


def test_attention_by_hand() -> None:
    """Queries are zero, so that all real tokens are heard alike; values are twice the states."""
    layer = SelfAttention(2, 1)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.value.weight.copy_(2 * torch.eye(2))
    states = torch.tensor([[[1.0, 0], [3, 2], [50, 60]]])
    mask = torch.tensor([True, True, False]).expand(1, 1, 3, 3)
    assert layer(states, mask).tolist() == [[[4, 2]] * 3]
    # With keys that are the states and queries of (4, 0), scores are 4 x / sqrt(2), so the second token is heard alone.
    with torch.no_grad():
        layer.key.weight.copy_(torch.eye(2))
        layer.query.bias.copy_(torch.tensor([40.0, 0]))
    torch.testing.assert_close(layer(states, mask), torch.tensor([[[6.0, 4]] * 3]))


def test_weights_are_drawn_as_bert_draws_them() -> None:
    torch.manual_seed(0)
    model = Roberta(vocabulary=50, positions=41, width=64, layers=2, heads=4, dropout=0.0)
    for name, value in model.named_parameters():
        if "LayerNorm.weight" in name:
            assert (value == 1).all(), name
        elif "bias" in name:
            assert (value == 0).all(), name
        elif "token_type" not in name:
            assert value.std().item() == pytest.approx(0.02, rel=0.06), name
    for table in (model.embeddings.word_embeddings, model.embeddings.position_embeddings):
        assert (table.weight[0] == 0).all()


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_it_is_the_roberta_of_transformers(dropout: float) -> None:
    """Names, weights of a seed, states and gradients."""
    transformers = pytest.importorskip(
        "transformers", reason="needs transformers: pip install -e .[reference]"
    )
    torch.manual_seed(1)
    ours = Roberta(50, 31, 24, 3, 4, dropout)
    torch.manual_seed(1)
    config = transformers.RobertaConfig(
        vocab_size=50,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=96,
        hidden_act="gelu_pytorch_tanh",
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
        max_position_embeddings=31,
        type_vocab_size=1,
        pad_token_id=0,
        attn_implementation="sdpa",
    )
    theirs = transformers.RobertaModel(config, add_pooling_layer=False)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    tokens = torch.tensor([[1, 7, 8, 2], [1, 9, 2, 0]])
    real = tokens != 0
    positions = torch.arange(1, 5) * real
    torch.manual_seed(2)
    found = ours(tokens, positions, real)
    torch.manual_seed(2)
    wanted = theirs(tokens, real.long(), position_ids=positions).last_hidden_state
    torch.testing.assert_close(found[real], wanted[real], rtol=1e-5, atol=1e-6)
    gradients = [
        torch.autograd.grad(states[real].square().sum(), list(model.parameters()))
        for states, model in ((found, ours), (wanted, theirs))
    ]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
