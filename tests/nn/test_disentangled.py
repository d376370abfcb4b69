"""Scores by diagonals: those of a loop over pairs, at all places and at some, with their gradients."""

import pytest
import torch

from retort.nn.disentangled import scores_at, scores_of_all

HEADS, MANY, LENGTH, WIDTH = 2, 3, 5, 4


def drawn(terms: str):
    """Query, key and the two tables, in double precision; the terms that are not named are None."""
    generator = torch.Generator().manual_seed(0)

    def one(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)

    tables = [one(HEADS, 2 * LENGTH - 1, WIDTH) if name in terms else None for name in ("c2p", "p2c")]
    return one(HEADS, MANY, LENGTH, WIDTH), one(HEADS, MANY, LENGTH, WIDTH), *tables


def by_pairs(query, key, key_of, query_of):
    """The definition: each pair's distance is looked up."""
    scores = torch.zeros(HEADS, MANY, LENGTH, LENGTH, dtype=torch.float64)
    for h in range(HEADS):
        for m in range(MANY):
            for i in range(LENGTH):
                for j in range(LENGTH):
                    scores[h, m, i, j] = query[h, m, i] @ key[h, m, j]
                    if key_of is not None:  # from L - 1 down
                        scores[h, m, i, j] += query[h, m, i] @ key_of[h, LENGTH - 1 - (i - j)]
                    if query_of is not None:  # from 1 - L up
                        scores[h, m, i, j] += key[h, m, j] @ query_of[h, i - j + LENGTH - 1]
    return scores


@pytest.mark.parametrize("terms", ["c2p p2c", "c2p", "p2c", ""])
def test_scores_and_gradients_are_those_of_a_loop(terms):
    given = drawn(terms)
    learned = [value for value in given if value is not None]
    found, wanted = scores_of_all(*given), by_pairs(*given)
    torch.testing.assert_close(found, wanted)
    weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    pairs = [torch.autograd.grad((scores * weights).sum(), learned) for scores in (found, wanted)]
    for one, other in zip(*pairs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("terms", ["c2p p2c", "c2p", "p2c", ""])
def test_some_places_have_the_scores_that_they_have_among_all(terms):
    query, key, *tables = drawn(terms)
    places = torch.tensor([[0, 3], [4, 1], [2, 2]])
    rows = torch.arange(MANY)[:, None]
    found = scores_at(query[:, rows, places], key, *tables, places)
    torch.testing.assert_close(found, scores_of_all(query, key, *tables)[:, rows, places])
