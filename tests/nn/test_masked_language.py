"""The shares of masking: 15 % chosen, of which 80/10/10, and never a special token."""

import torch

from retort.nn.masked_language import mask
from retort.nn.tokens import smiles_batch


def test_shares() -> None:
    batch = smiles_batch(["C" * 100] * 200 + ["CN"], 128)
    found = mask(batch, 0.15, torch.Generator().manual_seed(0))
    assert found.chosen.sum(dim=1).tolist() == [15] * 200 + [1]
    assert not (found.chosen & (batch.tokens < 5)).any()
    assert torch.equal(found.corrupted.tokens[~found.chosen], batch.tokens[~found.chosen])
    assert torch.equal(found.answers, batch.tokens[found.chosen])
    seen = found.corrupted.tokens[found.chosen]
    hidden, same = (seen == 3).float().mean(), (seen == found.answers).float().mean()
    assert abs(hidden - 0.8) < 0.03  # 3001 draws: four standard errors
    assert abs(same - 0.1) < 0.025
    assert not ((seen < 5) & (seen != 3)).any()
