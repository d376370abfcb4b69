"""Relations between the spans of a sentence that are likely to have one (DyGIE++ as released)."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.studies.scitext.examples import Batch
from retort.studies.scitext.spans import (
    PairPerceptron,
    Perceptron,
    SpanVectors,
    counted_out,
    keep,
    places_within,
)


@dataclass(frozen=True)
class ScoredPairs:
    """N ordered pairs of spans of the same sentence, each span with itself among them.

    Attributes:
        head, tail: (N,) numbers of spans.
        scores: (N, 1 + types); the first, of no relation, is 0.
    """

    head: Tensor
    tail: Tensor
    scores: Tensor


class RelationScorer(nn.Module):
    """Keeps the spans of a sentence that look like the end of a relation, and scores all pairs of them.

    Args:
        width: of a span's vector.
        types: number of relation types.
        settings: the block `spans`; with `keep_annotated` annotated relations are never pruned while it is trained.
    """

    def __init__(self, width: int, types: int, settings: Mapping):
        super().__init__()
        shape = settings["hidden"], settings["layers"], settings["dropout"]
        self.share, self.keep_annotated = settings["relation_share"], settings["keep_annotated"]
        self.mention = Perceptron(width, 1, *shape)
        self.pair = PairPerceptron(width, 0, types, shape)

    def forward(self, spans: SpanVectors, batch: Batch) -> ScoredPairs:
        """All pairs of the kept spans: ceil(share x words) in a sentence."""
        mention = self.mention.of_spans(spans)[:, 0]
        many = (self.share * batch.sentence_words).ceil().long()
        kept = keep(self.ranked(mention, batch), batch.sentence, many)
        place, size = places_within(batch.sentence[kept])
        # Every kept span with the later ones of its sentence.
        one, time = counted_out(size - place - 1)
        other = one + 1 + time
        scores = self.pair.in_both_orders(spans.rows(kept), one, other)
        each = torch.arange(len(kept), device=kept.device)
        head, tail = torch.cat([each, one, other]), torch.cat([each, other, one])
        own = mention.index_select(0, kept)
        scores = scores + (own.index_select(0, head) + own.index_select(0, tail))[:, None]
        return ScoredPairs(kept[head], kept[tail], F.pad(scores, (1, 0)))

    def ranked(self, mention: Tensor, batch: Batch) -> Tensor:
        """(S,) what spans are kept by: their own scores (S,), but in training the ends of annotated relations first.

        A pruner that knows nothing keeps next to none of these, so that the pairs teach it only to lower its scores; it
        leaves that state after thousands of steps, which the source has and a small training has not.
        """
        if not (self.training and self.keep_annotated):
            return mention
        return mention.detach().index_fill(0, batch.relations[:, :2].flatten(), torch.inf)


def relation_loss(pairs: ScoredPairs, batch: Batch) -> Tensor:
    """Cross-entropy summed over all pairs. Relations of spans that were not kept give none, as in the source."""
    return F.cross_entropy(pairs.scores, classes(pairs, batch), reduction="sum")


def classes(pairs: ScoredPairs, batch: Batch) -> Tensor:
    """(N,) the annotated class of every pair, 0 for none."""
    if not len(batch.relations):
        return torch.zeros_like(pairs.head)
    spans = len(batch.first)
    key, order = (batch.relations[:, 0] * spans + batch.relations[:, 1]).sort()
    wanted = pairs.head * spans + pairs.tail
    at = torch.searchsorted(key, wanted).clamp(max=len(key) - 1)
    return torch.where(key[at] == wanted, batch.relations[order, 2][at], 0)
