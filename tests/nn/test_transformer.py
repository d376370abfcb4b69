"""The transformer: padding is nothing to it, attention is a distribution, weights follow the seed."""

import pytest
import torch

from retort.nn import masked_language
from retort.nn.tokens import TokenBatch, Vocabulary, smiles_batch
from retort.nn.transformer import Transformer

TEXTS = ["CCO", "CC(=O)Oc1ccccc1C(=O)O", "C[C@@H](N)C(=O)O"]


def made() -> Transformer:
    torch.manual_seed(0)
    return Transformer(width=16, layers=2, heads=2, longest=40).eval()


def test_padding_changes_nothing_and_gets_no_attention() -> None:
    model, batch = made(), smiles_batch(TEXTS, 40)
    with torch.no_grad():
        alone = torch.cat([model(smiles_batch([text], 40)) for text in TEXTS])
        maps = model.attention(batch)
        torch.testing.assert_close(model(batch), alone, rtol=1e-4, atol=1e-5)
    assert maps.shape == (2, 3, 2, *batch.tokens.shape[1:], batch.tokens.shape[1])
    looks = batch.real[None, :, None, :].expand(maps.shape[:-1])
    torch.testing.assert_close(maps.sum(dim=-1), looks.float())
    assert (maps * ~batch.real[None, :, None, None, :]).abs().max() == 0


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
