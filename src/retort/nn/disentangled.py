"""Scores of disentangled attention without a gather: every distance is a diagonal, and diagonals are read by strides.

A row of `query @ key_of.T` has the scores of one piece for all 2 L - 1 distances; the score for piece j is L - 1 - i
places further on than j. Shifted by one place from row to row, the L x L scores lie in this matrix already: a view
whose rows are one number shorter than those of the matrix reads them, and writes them in the gradient. That costs
products for distances that no pair of a row has, and saves a gather of all pairs and the much dearer scatter of its
gradient.
"""

from typing import Any

import torch
from torch import Tensor


def scores_of_all(query: Tensor, key: Tensor, key_of: Tensor | None, query_of: Tensor | None) -> Tensor:
    """Scores (heads, M, L, L) of L pieces for each other, by query and key.

    Args:
        query, key: (heads, M, L, d), contiguous; the query is scaled already.
        key_of: (heads, 2 L - 1, d), keys of the distances i - j from L - 1 down to 1 - L; None without c2p.
        query_of: (heads, 2 L - 1, d), queries of 1 - L up to L - 1, scaled already; None without p2c.
    """
    return _Scores.apply(query, key, key_of, query_of)


def scores_at(
    query: Tensor, key: Tensor, key_of: Tensor | None, query_of: Tensor | None, places: Tensor
) -> Tensor:
    """Scores (heads, M, Q, L) of queries at some places for all L pieces.

    Args:
        query: (heads, M, Q, d).
        places: (M, Q) long, where the queries stand; the rest as for `scores_of_all`.
    """
    heads, length = len(key), key.shape[2]
    scores = query @ key.transpose(2, 3)
    distance = places[:, :, None] - torch.arange(length, device=key.device)  # (M, Q, L), i - j
    if key_of is not None:
        found = _by_head(query, key_of)  # (heads, M, Q, 2 L - 1)
        scores = scores + found.gather(3, (length - 1 - distance).expand(heads, -1, -1, -1))
    if query_of is not None:
        found = _by_head(key, query_of)  # (heads, M, L, 2 L - 1)
        index = (distance + length - 1).transpose(1, 2)
        scores = scores + found.gather(3, index.expand(heads, -1, -1, -1)).transpose(2, 3)
    return scores


class _Scores(torch.autograd.Function):
    """`scores_of_all` with its gradient."""

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, key_of: Tensor | None, query_of: Tensor | None
    ) -> Tensor:
        ctx.save_for_backward(query, key, key_of, query_of)
        heads, many, length, _ = query.shape
        asked, keys = query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2)
        if key_of is None:
            scores = torch.bmm(asked, keys)
        else:
            scores = torch.baddbmm(_diagonals(_by_head(query, key_of)), asked, keys)
        if query_of is not None:
            scores += _diagonals(_by_head(key, query_of)).transpose(1, 2)
        return scores.view(heads, many, length, length)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        query, key, key_of, query_of = ctx.saved_tensors
        gradient = gradients[0].flatten(0, 1)  # (heads M, L, L)
        of_query = torch.bmm(gradient, key.flatten(0, 1)).view_as(query)
        of_key = torch.bmm(gradient.transpose(1, 2), query.flatten(0, 1)).view_as(key)
        of_key_of = None if key_of is None else _spread(gradient, query, key_of, of_query)
        of_query_of = None if query_of is None else _spread(gradient.transpose(1, 2), key, query_of, of_key)
        return of_query, of_key, of_key_of, of_query_of


def _by_head(states: Tensor, table: Tensor) -> Tensor:
    """(heads, M, L, d) and (heads, R, d) to (heads, M, L, R)."""
    return torch.bmm(states.flatten(1, 2), table.transpose(1, 2)).unflatten(1, states.shape[1:3])


def _diagonals(by_distance: Tensor) -> Tensor:
    """(heads, M, L, 2 L - 1), contiguous, to a view (heads M, L, L): row i from column L - 1 - i on."""
    heads, many, length, distances = by_distance.shape
    return by_distance.as_strided(
        (heads * many, length, length), (length * distances, distances - 1, 1), length - 1
    )


def _spread(gradient: Tensor, states: Tensor, table: Tensor, of_states: Tensor) -> Tensor:
    """The gradient of a table from that of the diagonals (heads M, L, L); that of states is added to `of_states`."""
    heads, many, length, width = states.shape
    by_distance = gradient.new_zeros(heads, many, length, 2 * length - 1)
    _diagonals(by_distance).copy_(gradient)
    flat = by_distance.flatten(1, 2)  # (heads, M L, 2 L - 1)
    of_states.view(heads, many * length, width).baddbmm_(flat, table)
    return torch.bmm(flat.transpose(1, 2), states.flatten(1, 2))
