"""A pre-norm transformer of reactions as strings, read at their first token.

A reaction is its components, each led by a separator (`.a.b>>p`), after a token that stands for all of it. The layers
look either at the whole reaction, or, all but the last, at one component at a time, with positions counted in it:

- Of the last layer only the first token's row is computed, since only that is read. It is the same function.
- Where layers look at single components, a component's states do not depend on the reaction that it stands in. Each
  distinct one is encoded once for a whole batch, and the first token asks every reaction the same question, so that
  its attention over a reaction is a softmax over components of softmaxes within them. The order of components does
  then not matter.
"""

from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

SPREAD = 0.02  # standard deviation of embeddings at the start


@dataclass(frozen=True)
class Strings:
    """S strings with T tokens, one string after the other.

    Attributes:
        tokens, positions: (T,) int64, positions counted within the string from 0.
        slots: (T,) int64, the place of each token in S x L, where L is the longest string.
        lengths: (S,) int64.
    """

    tokens: Tensor
    positions: Tensor
    slots: Tensor
    lengths: Tensor

    def to(self, device: torch.device | str) -> "Strings":
        return Strings(*(getattr(self, field.name).to(device) for field in fields(self)))

    @classmethod
    def of(cls, rows: list[np.ndarray]) -> "Strings":
        """Some strings as numbers of tokens."""
        lengths = np.array([len(row) for row in rows], np.int64)
        positions = np.concatenate([np.arange(length) for length in lengths])
        slots = positions + np.repeat(np.arange(len(rows)) * lengths.max(), lengths)
        return cls(*map(torch.from_numpy, (np.concatenate(rows), positions, slots, lengths)))

    def spread(self, values: Tensor) -> Tensor:
        """(T, W) to (S, L, W), zeros where a string has ended."""
        count, longest = len(self.lengths), int(self.lengths.max())
        empty = values.new_zeros(count * longest, values.shape[1])
        return empty.index_copy(0, self.slots, values).view(count, longest, -1)

    def real(self) -> Tensor:
        """(S, L) bool, false where a string has ended."""
        longest = int(self.lengths.max())
        return torch.arange(longest, device=self.lengths.device) < self.lengths[:, None]


class Block(nn.Module):
    """A layer: attention, then a perceptron four times as wide, each on normed states and added to them."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.keys = nn.Linear(width, width)
        self.values = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.perceptron = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def after(self, states: Tensor, heard: Tensor) -> Tensor:
        """States (.., width) that have heard (.., width)."""
        states = states + self.dropout(self.out(heard))
        return states + self.dropout(self.perceptron(states))

    def attend(self, query: Tensor, keys: Tensor, values: Tensor, real: Tensor) -> Tensor:
        """(M, Q, width) of queries to (M, L, width) keys and values, of which the `real` (M, L) count."""
        several = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (query, keys, values))
        heard = F.scaled_dot_product_attention(*several, attn_mask=real[:, None, None, :])
        return heard.transpose(1, 2).flatten(2)


class ReactionTransformer(nn.Module):
    """Reactions to (B, width).

    Args:
        vocabulary: number of tokens; 0 is padding.
        start: the token that stands for all of a reaction.
        longest: tokens of a component, or of a reaction with its start.
        width: of the states, a multiple of `heads` (published 512, 2 heads).
        layers: all together (published 4).
        dropout: of what each layer adds.

    Raises:
        ValueError: a width that is no multiple of the heads.
    """

    def __init__(
        self,
        vocabulary: int,
        start: int,
        longest: int,
        width: int,
        layers: int,
        heads: int,
        dropout: float = 0.0,
    ):
        super().__init__()
        if width % heads:
            raise ValueError(f"{width=} is no multiple of {heads=}. Hint: see `sequence` in the settings.")
        self.start = start
        self.embedding = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(longest, width)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for table in (self.embedding, self.position):
            nn.init.normal_(table.weight, std=SPREAD)

    def of_components(self, strings: Strings, members: Tensor) -> Tensor:
        """(B, width) of reactions whose layers, but for the last, look at one component at a time.

        Args:
            strings: the S distinct components; the first is the start alone.
            members: (B, S) how often each stands in each reaction.
        """
        states = self.embedding(strings.tokens) + self.position(strings.positions)  # (T, width)
        real = strings.real()
        *local, last = self.blocks
        for block in local:
            normed = block.norm(states)
            parts = (strings.spread(each(normed)) for each in (block.query, block.keys, block.values))
            heard = block.attend(*parts, real).flatten(0, 1).index_select(0, strings.slots)
            states = block.after(states, heard)
        heard = _ask(last, last.norm(states), strings, real, members)
        return self.norm(last.after(states[:1].expand(len(members), -1), heard))

    def of_reactions(self, tokens: Tensor, places: Tensor | None = None) -> Tensor:
        """(B, width) of reactions (B, L) whose layers look at all of them; or (B, Q, width) at `places` (B, Q)."""
        real = tokens != 0
        states = self.embedding(tokens) + self.position.weight[: tokens.shape[1]]
        *whole, last = self.blocks
        for block in whole:
            normed = block.norm(states)
            parts = (each(normed) for each in (block.query, block.keys, block.values))
            states = block.after(states, block.attend(*parts, real))
        normed = last.norm(states)
        asked = places if places is not None else torch.zeros_like(tokens[:, :1])
        rows = asked[:, :, None].expand(-1, -1, states.shape[2])  # (B, Q, width)
        query = last.query(normed.gather(1, rows))
        heard = last.attend(query, last.keys(normed), last.values(normed), real)
        read = self.norm(last.after(states.gather(1, rows), heard))
        return read if places is not None else read[:, 0]


def _ask(block: Block, normed: Tensor, strings: Strings, real: Tensor, members: Tensor) -> Tensor:
    """What the first of the T tokens hears in each of B reactions: (B, width)."""
    heads = block.heads
    query = block.query(normed[:1]).view(heads, -1)  # (heads, d)
    keys = block.keys(normed).unflatten(1, (heads, -1))  # (T, heads, d)
    logits = strings.spread((keys * query).sum(dim=2) / query.shape[1] ** 0.5)  # (S, L, heads)
    logits = logits.masked_fill(~real[:, :, None], -torch.inf)
    values = strings.spread(block.values(normed)).unflatten(2, (heads, -1))  # (S, L, heads, d)
    said = torch.einsum("slh,slhd->shd", logits.softmax(dim=1), values)
    # A component weighs as much as its tokens together; one that stands twice in a reaction, twice as much.
    weight = logits.logsumexp(dim=1) + members.log()[:, :, None]  # (B, S, heads)
    return torch.einsum("bsh,shd->bhd", weight.softmax(dim=1), said).flatten(1)
