"""DeBERTa (He et al. 2021, arXiv 2006.03654): attention to what a piece is and, apart from it, to how far it stands.

The score of piece j for piece i is the sum of three dot products, over sqrt(3 d): content with content, the query of i
with the key of their distance (c2p), and the key of j with the query of their distance (p2c). Absolute positions enter
nowhere but in the decoder that guesses hidden pieces (`retort.nn.mask_decoder`).

Names of the weights are those of DeBERTa-v2 in the package transformers, which takes the same distance for both
position terms, delta(i, j); eq. 4 of the paper has delta(j, i) in the second. Table rows are named by distance, so the
two differ by the order of the table's rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.nn.disentangled import scores_at, scores_of_all
from retort.nn.dropout import QuickDropout

SPREAD = 0.02  # standard deviation of all weights at the start
EPSILON = 1e-7  # of the norms
TERMS = ("c2p", "p2c")


def delta(distances: Tensor, reach: int) -> Tensor:
    """The row of the table for the distance i - j: 0 for -reach and less, 2 reach - 1 for reach and more."""
    return (distances + reach).clamp(0, 2 * reach - 1)


@dataclass(frozen=True)
class Memory:
    """What a layer's attention knows of the states that are asked.

    Attributes:
        key, value: (heads, M, L, d).
        key_of, query_of: (heads, 2 L - 1, d) by distance, for c2p from L - 1 down to 1 - L, for p2c from 1 - L up to
            L - 1; None where the term is left out.
        mask: (M, L) or (M, L, L) bool by query and key, false where nothing may be heard; None where all may.
    """

    key: Tensor
    value: Tensor
    key_of: Tensor | None
    query_of: Tensor | None
    mask: Tensor | None


class DisentangledAttention(nn.Module):
    """Multi-head attention with relative terms; see the module's docstring.

    Args:
        width, heads: of the states; `width` is a multiple of `heads`.
        reach: k, distances from which on all are alike.
        dropout: of attention weights and of the table.
        terms: which of c2p and p2c there are.
        share: whether distances are projected as contents are (as in v2 and v3), or by weights of their own (v1).
    """

    def __init__(self, width: int, heads: int, reach: int, dropout: float, terms: Sequence[str], share: bool):
        super().__init__()
        self.heads, self.reach, self.terms = heads, reach, tuple(terms)
        self.scale = (width // heads * (1 + len(self.terms))) ** -0.5
        self.query_proj = nn.Linear(width, width)
        self.key_proj = nn.Linear(width, width)
        self.value_proj = nn.Linear(width, width)
        self.pos_key_proj = nn.Linear(width, width) if "c2p" in terms and not share else None
        self.pos_query_proj = nn.Linear(width, width) if "p2c" in terms and not share else None
        self.dropout = QuickDropout(dropout)

    def remember(self, states: Tensor, table: Tensor, mask: Tensor | None) -> Memory:
        """What is asked of (M, L, width) states; `table` is (2 reach, width) of distances."""
        length = states.shape[1]
        table = self.dropout(table)
        rows = delta(torch.arange(1 - length, length, device=states.device), self.reach)
        key_of = query_of = None
        if "c2p" in self.terms:
            project = self.key_proj if self.pos_key_proj is None else self.pos_key_proj
            key_of = self._by_distance(project(table), rows.flip(0))
        if "p2c" in self.terms:
            project = self.query_proj if self.pos_query_proj is None else self.pos_query_proj
            query_of = self._by_distance(project(table) * self.scale, rows)
        return Memory(
            self._split(self.key_proj(states)), self._split(self.value_proj(states)), key_of, query_of, mask
        )

    def forward(self, asking: Tensor, memory: Memory, places: Tensor | None = None) -> Tensor:
        """States (M, Q, width) that ask, to what they hear, of the same shape.

        Args:
            places: (M, Q) where they stand among the L that are asked; None where they are these L in order.
        """
        query = self._split(self.query_proj(asking) * self.scale)
        if places is None:
            scores = scores_of_all(query, memory.key, memory.key_of, memory.query_of)
        else:
            scores = scores_at(query, memory.key, memory.key_of, memory.query_of, places)
        if memory.mask is not None:
            mask = memory.mask[:, None, :] if memory.mask.ndim == 2 else memory.mask
            scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = self.dropout(scores.softmax(dim=-1))  # (heads, M, Q, L)
        return (weights @ memory.value).permute(1, 2, 0, 3).flatten(2)

    def _split(self, states: Tensor) -> Tensor:
        """(M, L, width) to (heads, M, L, d): heads first, so that one product takes all sequences of a head."""
        return states.unflatten(-1, (self.heads, -1)).permute(2, 0, 1, 3).contiguous()

    def _by_distance(self, table: Tensor, rows: Tensor) -> Tensor:
        """(2 reach, width) to (heads, len(rows), d)."""
        return table[rows].unflatten(-1, (self.heads, -1)).transpose(0, 1).contiguous()


class Residual(nn.Module):
    """A linear layer whose output is added to what came before the sub-layer, and normalised."""

    def __init__(self, inputs: int, width: int, dropout: float):
        super().__init__()
        self.dense = nn.Linear(inputs, width)
        self.LayerNorm = nn.LayerNorm(width, EPSILON)
        self.dropout = QuickDropout(dropout)

    def forward(self, states: Tensor, before: Tensor) -> Tensor:
        """(M, L, inputs) and (M, L, width) to (M, L, width)."""
        return self.LayerNorm(self.dropout(self.dense(states)) + before)


class Attention(nn.Module):
    """Attention and what follows it. Arguments as `DisentangledAttention` has."""

    def __init__(self, width: int, heads: int, reach: int, dropout: float, terms: Sequence[str], share: bool):
        super().__init__()
        self.self = DisentangledAttention(width, heads, reach, dropout, terms, share)
        self.output = Residual(width, width, dropout)

    def forward(self, asking: Tensor, memory: Memory, places: Tensor | None) -> Tensor:
        """(M, Q, width) to the same."""
        return self.output(self.self(asking, memory, places), asking)


class Intermediate(nn.Module):
    """The first half of the perceptron."""

    def __init__(self, width: int, inner: int):
        super().__init__()
        self.dense = nn.Linear(width, inner)

    def forward(self, states: Tensor) -> Tensor:
        """(M, L, width) to (M, L, inner)."""
        return F.gelu(self.dense(states))


class Layer(nn.Module):
    """Attention, then a perceptron, each with its residual. Arguments as `DisentangledAttention` and `Deberta` have."""

    def __init__(
        self,
        width: int,
        heads: int,
        reach: int,
        dropout: float,
        terms: Sequence[str],
        share: bool,
        inner: int,
    ):
        super().__init__()
        self.attention = Attention(width, heads, reach, dropout, terms, share)
        self.intermediate = Intermediate(width, inner)
        self.output = Residual(inner, width, dropout)

    def remember(self, states: Tensor, table: Tensor, mask: Tensor | None) -> Memory:
        """As `DisentangledAttention.remember`."""
        return self.attention.self.remember(states, table, mask)

    def forward(self, asking: Tensor, memory: Memory, places: Tensor | None = None) -> Tensor:
        """(M, Q, width) to the same; the rest as for `DisentangledAttention`."""
        states = self.attention(asking, memory, places)
        return self.output(self.intermediate(states), states)


class Embeddings(nn.Module):
    """What a piece is, normalised; where it stands is no part of it."""

    def __init__(self, vocabulary: int, width: int, padding: int):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width, padding_idx=padding)
        self.LayerNorm = nn.LayerNorm(width, EPSILON)

    def forward(self, pieces: Tensor) -> Tensor:
        """(M, L) to (M, L, width)."""
        return self.LayerNorm(self.word_embeddings(pieces))


class Stack(nn.Module):
    """The layers, and the table of distances that all of them share."""

    def __init__(self, layers: Sequence[Layer], width: int, reach: int):
        super().__init__()
        self.layer = nn.ModuleList(layers)
        self.rel_embeddings = nn.Embedding(2 * reach, width)


class Deberta(nn.Module):
    """Pieces to states. Weights come from torch's global generator.

    Args:
        vocabulary: number of pieces; `padding` is one of them.
        width, layers, heads: of the encoder; `width` is a multiple of `heads`.
        reach: k, distances from which on all are alike.
        dropout: of embeddings, states, attention weights and table.
        terms: which of the two position terms there are, for the ablations.
        share: whether positions are projected by the weights of the contents.
        inner: width of the perceptrons; 0 for four times the states'.
        padding: the piece whose embedding is not trained.

    Raises:
        ValueError: widths that do not fit, or an unknown term.
    """

    def __init__(
        self,
        vocabulary: int,
        width: int,
        layers: int,
        heads: int,
        reach: int,
        dropout: float,
        terms: Sequence[str] = TERMS,
        share: bool = True,
        inner: int = 0,
        padding: int = 0,
    ):
        super().__init__()
        if width % heads:
            raise ValueError(
                f"{width=} is no multiple of {heads=}. Hint: change one of them in the settings."
            )
        if not set(terms) <= set(TERMS) or len(set(terms)) < len(terms):
            raise ValueError(f"terms {list(terms)}, expected some of {', '.join(TERMS)}. Hint: see settings.")
        self.width, self.reach = width, reach
        self.embeddings = Embeddings(vocabulary, width, padding)
        each = [Layer(width, heads, reach, dropout, terms, share, inner or 4 * width) for _ in range(layers)]
        self.encoder = Stack(each, width, reach)
        self.dropout = QuickDropout(dropout)
        self.apply(draw)

    @property
    def layers(self) -> list[Layer]:
        """The layers, the lowest first."""
        return [cast(Layer, layer) for layer in self.encoder.layer]

    @property
    def table(self) -> Tensor:
        """(2 reach, width): what is known of each distance."""
        return self.encoder.rel_embeddings.weight

    def embedded(self, pieces: Tensor, real: Tensor | None) -> Tensor:
        """(M, L) to (M, L, width); zeros where there is padding, as in the published code."""
        states = self.embeddings(pieces)
        return self.dropout(states if real is None else states * real[:, :, None])

    def hidden(self, pieces: Tensor, real: Tensor | None = None, causal: bool = False) -> list[Tensor]:
        """States before the first layer and after each, (M, L, width) each.

        Args:
            pieces: (M, L) numbers.
            real: (M, L) bool, where there is no padding; None where there is none at all, which is faster.
            causal: whether a piece hears those before it and itself alone.
        """
        return self.climbed(pieces, real, len(self.layers), causal)

    def states(self, pieces: Tensor, real: Tensor | None = None, causal: bool = False) -> Tensor:
        """The last layer's states, (M, L, width); those of padding mean nothing."""
        return self.hidden(pieces, real, causal)[-1]

    def climbed(self, pieces: Tensor, real: Tensor | None, layers: int, causal: bool = False) -> list[Tensor]:
        """As `hidden`, of the lowest `layers` alone."""
        mask = real
        if causal:
            past = torch.ones(pieces.shape[1], pieces.shape[1], dtype=torch.bool, device=pieces.device).tril()
            mask = past[None] if real is None else past & real[:, None, :]
        found = [self.embedded(pieces, real)]
        for layer in self.layers[:layers]:
            found.append(layer(found[-1], layer.remember(found[-1], self.table, mask)))
        return found


def draw(module: nn.Module) -> None:
    """Normal weights; no bias; padding is a vector of zeros."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=SPREAD)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
    if isinstance(module, nn.Embedding) and module.padding_idx is not None:
        with torch.no_grad():
            module.weight[module.padding_idx].zero_()
