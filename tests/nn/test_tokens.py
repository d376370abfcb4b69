"""Batches of strings."""

import pytest

from retort.nn.tokens import smiles_batch


def test_batches_pad_and_count_what_they_cut() -> None:
    found = smiles_batch(["CCO", "C" * 20, "C" * 8], 10)
    assert found.tokens.shape == (3, 10)
    assert found.tokens[0].tolist()[4:] == [2, 0, 0, 0, 0, 0]
    assert (found.count, found.truncated) == (3, 1)


def test_no_strings_are_no_batch() -> None:
    with pytest.raises(ValueError, match="Hint"):
        smiles_batch([], 10)
