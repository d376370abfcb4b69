"""Spans as vectors, the perceptrons that score them, and which of them are kept, all spans of a batch at once.

DyGIE++ (Wadden et al. 2019) as released: a span is the vectors of its first and last word and an embedding of its
width. A perceptron's first layer is linear in these three, so that it is computed once a word, not once a span.
"""

import torch
from torch import Tensor, nn

from retort.nn.dropout import QuickDropout


class SpanVectors:
    """S spans of 2 d + e numbers each; they are written out only where somebody asks for `rows`.

    Args:
        words: (W, d).
        widths: (widest, e), the embedding of each width.
        first, last: (S,) words of the spans, inclusive.
    """

    def __init__(self, words: Tensor, widths: Tensor, first: Tensor, last: Tensor):
        self.words, self.widths = words, widths
        self.first, self.last = first, last
        self._instead: tuple[Tensor, Tensor] | None = None  # some spans (K,), and their vectors (K, 2 d + e)

    def __len__(self) -> int:
        return len(self.first)

    def replaced(self, spans: Tensor, vectors: Tensor) -> "SpanVectors":
        """The same, but for some spans (K,) that have other vectors (K, 2 d + e)."""
        changed = SpanVectors(self.words, self.widths, self.first, self.last)
        changed._instead = spans, vectors
        return changed

    def rows(self, spans: Tensor) -> Tensor:
        """(K, 2 d + e) vectors of some spans (K,)."""
        first, last = self.first[spans], self.last[spans]
        vectors = torch.cat(
            [
                self.words.index_select(0, first),
                self.words.index_select(0, last),
                self.widths.index_select(0, last - first),
            ],
            dim=1,
        )
        if self._instead is None:
            return vectors
        changed, others = self._instead
        place = torch.full((len(self),), -1, device=spans.device)
        place[changed] = torch.arange(len(changed), device=spans.device)
        at = place[spans]
        if not len(changed):
            return vectors
        return torch.where((at >= 0)[:, None], others.index_select(0, at.clamp(min=0)), vectors)

    def through(self, linear: nn.Linear) -> Tensor:
        """(S, out): what a linear layer makes of every span."""
        width = self.words.shape[1]
        of_first, of_last, of_width = linear.weight.split([width, width, self.widths.shape[1]], dim=1)
        out = (self.words @ of_first.T).index_select(0, self.first)
        out = out + (self.words @ of_last.T).index_select(0, self.last)
        out = out + torch.addmm(linear.bias, self.widths, of_width.T).index_select(0, self.last - self.first)
        if self._instead is None:
            return out
        changed, others = self._instead
        return out.index_copy(0, changed, linear(others))


class Perceptron(nn.Module):
    """`layers` times linear, ReLU and dropout, then linear; weights by Xavier's normal, biases 0.

    Args:
        inputs, outputs: numbers in and out.
        hidden, layers: width and number of the hidden layers.
        dropout: behind each of them.
    """

    def __init__(self, inputs: int, outputs: int, hidden: int, layers: int, dropout: float):
        super().__init__()
        self.first = nn.Linear(inputs, hidden)
        further = [nn.Linear(hidden, hidden) for _ in range(layers - 1)]
        self.further = nn.ModuleList(further)
        self.last = nn.Linear(hidden, outputs)
        self.dropout = QuickDropout(dropout)
        for linear in [self.first, *further, self.last]:
            nn.init.xavier_normal_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, values: Tensor) -> Tensor:
        """(N, inputs) to (N, outputs)."""
        return self.behind(self.first(values))

    def of_spans(self, spans: SpanVectors) -> Tensor:
        """(S, outputs) of all spans."""
        return self.behind(spans.through(self.first))

    def behind(self, values: Tensor) -> Tensor:
        """(N, hidden) that the first layer made, which are overwritten, to (N, outputs)."""
        values = self.dropout(values.relu_())
        for linear in self.further:
            values = self.dropout(linear(values).relu_())
        return self.last(values)


class PairPerceptron(Perceptron):
    """A perceptron over pairs of vectors `[g_i; g_j; g_i * g_j]` and what is known of a pair besides.

    The first layer is linear in these parts: the first two are computed once a vector, and the third, which is most of
    the work, once for both orders of a pair.

    Args:
        width: of a vector.
        besides: numbers known of a pair.
        outputs, shape: as of a `Perceptron`.
    """

    def __init__(self, width: int, besides: int, outputs: int, shape: tuple[int, int, float]):
        super().__init__(3 * width + besides, outputs, *shape)
        self.parts = [width, width, width, besides]

    def on_pairs(self, vectors: Tensor, one: Tensor, other: Tensor, besides: Tensor | None = None) -> Tensor:
        """Scores (N, outputs) of the pairs `one` (N,), `other` (N,) of the vectors (K, width).

        Args:
            besides: (N, hidden) from `of_besides`.
        """
        ones, others, product, _ = self.first.weight.split(self.parts, dim=1)
        hidden = self._products(vectors, one, other, product)
        hidden = hidden + torch.addmm(self.first.bias, vectors, ones.T).index_select(0, one)
        hidden = hidden + (vectors @ others.T).index_select(0, other)
        return self.behind(hidden if besides is None else hidden + besides)

    def in_both_orders(self, vectors: Tensor, one: Tensor, other: Tensor) -> Tensor:
        """Scores (K + 2 N, outputs): every vector with itself, the N pairs, and the N pairs the other way round."""
        ones, others, product, _ = self.first.weight.split(self.parts, dim=1)
        ahead = torch.addmm(self.first.bias, vectors, ones.T)
        behind = vectors @ others.T
        both = self._products(vectors, one, other, product)
        return self.behind(
            torch.cat(
                [
                    (vectors * vectors) @ product.T + ahead + behind,
                    both + ahead.index_select(0, one) + behind.index_select(0, other),
                    both + ahead.index_select(0, other) + behind.index_select(0, one),
                ]
            )
        )

    def of_besides(self, besides: Tensor) -> Tensor:
        """(B, hidden): the part of the first layer for what is known of a pair, (B, besides)."""
        return besides @ self.first.weight.split(self.parts, dim=1)[3].T

    @staticmethod
    def _products(vectors: Tensor, one: Tensor, other: Tensor, weight: Tensor) -> Tensor:
        return (vectors.index_select(0, one) * vectors.index_select(0, other)) @ weight.T


def keep(scores: Tensor, group: Tensor, many: Tensor) -> Tensor:
    """The best spans of every group, in ascending order; of equal ones the earlier.

    Args:
        scores: (S,); `group`: (S,) of each span.
        many: (G,) how many of a group are kept at most.

    Returns:
        (K,) numbers of spans.
    """
    order = scores.detach().argsort(descending=True, stable=True)
    order = order[group[order].argsort(stable=True)]
    sizes = torch.bincount(group, minlength=len(many))
    of = group[order]
    rank = torch.arange(len(order), device=order.device) - (sizes.cumsum(0) - sizes)[of]
    return order[rank < many[of]].sort().values


def places_within(group: Tensor) -> tuple[Tensor, Tensor]:
    """Of K things in ascending groups (K,): the place of each in its group, from 0, and the size of its group."""
    sizes = torch.bincount(group)
    return torch.arange(len(group), device=group.device) - (sizes.cumsum(0) - sizes)[group], sizes[group]


def counted_out(many: Tensor) -> tuple[Tensor, Tensor]:
    """Each of K things `many` (K,) times: its number, and which time it is, from 0; two (sum of many,)."""
    number = torch.repeat_interleave(torch.arange(len(many), device=many.device), many)
    time = torch.arange(len(number), device=many.device) - (many.cumsum(0) - many)[number]
    return number, time
