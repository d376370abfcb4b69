"""A pre-norm transformer of reactions as strings, read at their first token.

A reaction is its components, each led by a separator (`.a.b>>p`), after a token that stands for all of it. The layers
look either at the whole reaction, or, all but the last, at one component at a time, with positions counted in it:

- Of the last layer only the first token's row is computed, since only that is read. It is the same function.
- Where layers look at single components, a component's states do not depend on the reaction that it stands in. Each
  distinct one is encoded once for a whole batch, and the first token asks every reaction the same question, so that
  its attention over a reaction is a softmax over components of softmaxes within them. The order of components does
  then not matter.
"""

from dataclasses import dataclass, replace

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
        owner: (T,) int64, the string of each token.
        groups: strings of about equal length, so that little is padded: for each group (n, L) int64, the number of the
            token at each place, T where a string has ended. Together they hold every token once.
        slots: (T,) int64, where each token stands in the groups, laid out one after the other.
    """

    tokens: Tensor
    positions: Tensor
    owner: Tensor
    groups: tuple[Tensor, ...]
    slots: Tensor

    @property
    def count(self) -> int:
        return int(self.owner[-1]) + 1

    def to(self, device: torch.device | str) -> "Strings":
        groups = tuple(group.to(device) for group in self.groups)
        return replace(self, groups=groups, **{n: getattr(self, n).to(device) for n in _TENSORS})

    @classmethod
    def of(cls, rows: list[np.ndarray]) -> "Strings":
        """Some strings, none of them empty, as numbers of tokens."""
        lengths = np.array([len(row) for row in rows])
        starts = np.cumsum(lengths) - lengths
        total = int(lengths.sum())
        groups, places = [], []
        size = np.ceil(np.log2(lengths))
        for each in np.unique(size):
            chosen = np.flatnonzero(size == each)
            within = np.arange(lengths[chosen].max())
            group = np.where(within < lengths[chosen, None], starts[chosen, None] + within, total)
            groups.append(torch.from_numpy(group))
            places.append(group.ravel())
        laid = np.concatenate(places)
        slots = np.empty(total + 1, np.int64)
        slots[laid] = np.arange(len(laid))
        return cls(
            torch.from_numpy(np.concatenate(rows)),
            torch.from_numpy(np.concatenate([np.arange(length) for length in lengths])),
            torch.from_numpy(np.repeat(np.arange(len(rows)), lengths)),
            tuple(groups),
            torch.from_numpy(slots[:total]),
        )


_TENSORS = ("tokens", "positions", "owner", "slots")


class Block(nn.Module):
    """A layer: attention, then a perceptron four times as wide, each on normed states and added to them."""

    def __init__(self, width: int, heads: int):
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

    def after(self, states: Tensor, heard: Tensor) -> Tensor:
        """States (.., width) that have heard (.., width)."""
        states = states + self.out(heard)
        return states + self.perceptron(states)

    def attend(self, query: Tensor, keys: Tensor, values: Tensor, real: Tensor) -> Tensor:
        """(M, Q, width) of queries to (M, L, width) keys and values, of which the `real` (M, L) count."""
        asked, known, told = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (query, keys, values)
        )
        heard = F.scaled_dot_product_attention(asked, known, told, attn_mask=real[:, None, None, :])
        return heard.transpose(1, 2).flatten(2)

    def within(self, states: Tensor, strings: Strings) -> Tensor:
        """(T, width) to the same: every token looks at those of its own string."""
        normed = self.norm(states)
        parts = torch.cat([self.query(normed), self.keys(normed), self.values(normed)], dim=1)
        parts = torch.cat([parts, parts.new_zeros(1, parts.shape[1])])  # the last row is that of no token
        heard = []
        for group in strings.groups:
            several = parts.index_select(0, group.flatten()).view(*group.shape, -1)
            query, keys, values = several.chunk(3, dim=2)
            heard.append(self.attend(query, keys, values, group < len(states)).flatten(0, 1))
        return self.after(states, torch.cat(heard).index_select(0, strings.slots))

    def ask(self, states: Tensor, strings: Strings, members: Tensor) -> Tensor:
        """What the first of the T tokens becomes in each of B reactions (B, width), `members` (B, S) of strings."""
        normed, count = self.norm(states), strings.count
        query = self.query(normed[:1]).view(self.heads, -1)  # (heads, d)
        keys, values = (part(normed).unflatten(1, (self.heads, -1)) for part in (self.keys, self.values))
        logits = (keys * query).sum(dim=2) / query.shape[1] ** 0.5  # (T, heads)
        with torch.no_grad():  # the shift cancels
            rows = strings.owner[:, None].expand_as(logits)
            highest = logits.new_full((count, self.heads), -torch.inf).scatter_reduce(0, rows, logits, "amax")
        raised = (logits - highest.index_select(0, strings.owner)).exp()
        total = raised.new_zeros(count, self.heads).index_add(0, strings.owner, raised)
        said = (
            values.new_zeros(count, *values.shape[1:]).index_add(
                0, strings.owner, raised[:, :, None] * values
            )
            / total[:, :, None]
        )
        # A component weighs as much as its tokens together; one that stands twice in a reaction, twice as much.
        weight = (total.log() + highest + members.log()[:, :, None]).softmax(dim=1)  # (B, S, heads)
        heard = torch.einsum("bsh,shd->bhd", weight, said).flatten(1)
        return self.after(states[:1].expand(len(members), -1), heard)


class ReactionTransformer(nn.Module):
    """Reactions to (B, width).

    Args:
        vocabulary: number of tokens; 0 is padding.
        start: the token that stands for all of a reaction.
        longest: tokens of a component, or of a reaction with its start.
        width: of the states, a multiple of `heads` (published 512, 2 heads).
        layers: all together (published 4).

    Raises:
        ValueError: a width that is no multiple of the heads.
    """

    def __init__(self, vocabulary: int, start: int, longest: int, width: int, layers: int, heads: int):
        super().__init__()
        if width % heads:
            raise ValueError(f"{width=} is no multiple of {heads=}. Hint: see `sequence` in the settings.")
        self.start = start
        self.embedding = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(longest, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for table in (self.embedding, self.position):
            nn.init.normal_(table.weight, std=SPREAD)

    @property
    def layers(self) -> list[Block]:
        """The blocks, the first one first."""
        return [block for block in self.blocks if isinstance(block, Block)]

    def of_components(self, strings: Strings, members: Tensor) -> Tensor:
        """(B, width) of reactions whose layers, but for the last, look at one component at a time.

        Args:
            strings: the S distinct components; the first is the start alone.
            members: (B, S) how often each stands in each reaction.
        """
        states = self.embedding(strings.tokens) + self.position(strings.positions)  # (T, width)
        *local, last = self.layers
        for block in local:
            states = block.within(states, strings)
        return self.norm(last.ask(states, strings, members))

    def of_reactions(self, tokens: Tensor, places: Tensor | None = None) -> Tensor:
        """(B, width) of reactions (B, L) whose layers look at all of them; or (B, Q, width) at `places` (B, Q)."""
        real = tokens != 0
        states = self.embedding(tokens) + self.position.weight[: tokens.shape[1]]
        *whole, last = self.layers
        for block in whole:
            normed = block.norm(states)
            heard = block.attend(block.query(normed), block.keys(normed), block.values(normed), real)
            states = block.after(states, heard)
        normed = last.norm(states)
        asked = places if places is not None else torch.zeros_like(tokens[:, :1])
        rows = asked[:, :, None].expand(-1, -1, states.shape[2])  # (B, Q, width)
        query = last.query(normed.gather(1, rows))
        heard = last.attend(query, last.keys(normed), last.values(normed), real)
        read = self.norm(last.after(states.gather(1, rows), heard))
        return read if places is not None else read[:, 0]
