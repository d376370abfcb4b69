"""Which spans of a document mean the same thing, and what a span takes up from those before it (as DyGIE++ does)."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
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

BUCKETS = 10  # of distances between a span and its antecedent


@dataclass(frozen=True)
class Antecedents:
    """K spans of D documents that may corefer, with those before each.

    Attributes:
        kept: (K,) numbers of spans.
        one, other: (N,) pairs: places in `kept` of a span and of an antecedent of its document.
        column: (N,) the column of the pair in `scores`, from 1; the last antecedent is in column 1.
        scores: (K, 1 + most antecedents); column 0, of none, is 0, and what is no antecedent -inf.
        vectors: (K, width) of the spans with what they took up.
    """

    kept: Tensor
    one: Tensor
    other: Tensor
    column: Tensor
    scores: Tensor
    vectors: Tensor


class CoreferenceScorer(nn.Module):
    """Keeps the spans of a document that look like mentions, and scores each with the ones before it.

    Args:
        width: of a span's vector.
        settings: the block `spans`; in `propagation` rounds a span takes up its likely antecedents' vectors.
    """

    def __init__(self, width: int, settings: Mapping):
        super().__init__()
        shape = settings["hidden"], settings["layers"], settings["dropout"]
        self.share, self.most = settings["coreference_share"], settings["antecedents"]
        self.rounds = settings["propagation"]
        self.mention = Perceptron(width, 1, *shape)
        self.pair = PairPerceptron(width, settings["width_embedding"], 1, shape)
        self.distances = nn.Embedding(BUCKETS, settings["width_embedding"])
        self.gate = nn.Linear(2 * width, width) if self.rounds else nn.Identity()
        nn.init.xavier_normal_(self.distances.weight)
        if isinstance(self.gate, nn.Linear):
            nn.init.xavier_normal_(self.gate.weight)

    def forward(self, spans: SpanVectors, batch: Batch) -> Antecedents:
        """The max(2, ceil(share x words)) likeliest spans of a document, and their antecedents."""
        mention = self.mention.of_spans(spans)[:, 0]
        many = (self.share * batch.document_words).ceil().long().clamp(min=2)
        kept = keep(mention, batch.document, many)
        place, _ = places_within(batch.document[kept])
        one, time = counted_out(place.clamp(max=self.most))
        other = one - 1 - time
        own, bucket = mention.index_select(0, kept), buckets(1 + time)
        vectors = spans.rows(kept)
        scores = self._scores(vectors, own, one, other, bucket)
        columns = 1 + (int(time.max()) + 1 if len(time) else 0)
        table = self._table(scores, one, 1 + time, (len(kept), columns))
        for _ in range(self.rounds):
            likely = table.softmax(dim=1)[one, 1 + time]
            # (K, K), of which a document needs its own block alone; small beside the perceptrons.
            weights = likely.new_zeros(len(kept), len(kept)).index_put((one, other), likely)
            vectors = gated(self.gate, vectors, weights @ vectors)
            scores = self._scores(vectors, own, one, other, bucket)
            table = self._table(scores, one, 1 + time, (len(kept), columns))
        return Antecedents(kept, one, other, 1 + time, table, vectors)

    def _scores(self, vectors: Tensor, own: Tensor, one: Tensor, other: Tensor, bucket: Tensor) -> Tensor:
        """(N,) of the pairs; a mention's own score stays what it was before propagation."""
        far = self.pair.of_besides(self.distances.weight).index_select(0, bucket)
        pair = self.pair.on_pairs(vectors, one, other, far)[:, 0]
        return pair + own.index_select(0, one) + own.index_select(0, other)

    @staticmethod
    def _table(scores: Tensor, row: Tensor, column: Tensor, shape: tuple[int, int]) -> Tensor:
        table = scores.new_full(shape, -torch.inf)
        table[:, 0] = 0
        return table.index_put((row, column), scores)


def gated(gate: nn.Module, vectors: Tensor, taken: Tensor) -> Tensor:
    """(K, width): vectors mixed with the mean of their antecedents' by probability, to which none adds nothing."""
    share = torch.sigmoid(gate(torch.cat([vectors, taken], dim=1)))
    return share * vectors + (1 - share) * taken


def buckets(distance: Tensor) -> Tensor:
    """1 to 4 each their own, then 5-7, 8-15, 16-31, 32-63 and more: AllenNLP's, of whose ten the first stays empty."""
    edges = torch.tensor([2, 3, 4, 5, 8, 16, 32, 64], device=distance.device)
    return 1 + torch.bucketize(distance, edges, right=True)


def coreference_loss(found: Antecedents, batch: Batch) -> Tensor:
    """- ln of the probability of all annotated antecedents, summed over spans; of none, where there is none."""
    cluster = batch.cluster[found.kept]
    same = (cluster[found.one] == cluster[found.other]) & (cluster[found.one] > 0)
    gold = torch.zeros_like(found.scores, dtype=torch.bool).index_put((found.one, found.column), same)
    gold[:, 0] = ~gold.any(dim=1)
    of_gold = found.scores.masked_fill(~gold, -torch.inf).logsumexp(dim=1)
    return (found.scores.logsumexp(dim=1) - of_gold).sum()


def clusters(found: Antecedents) -> list[list[int]]:
    """Spans that are linked by their likeliest antecedents, in ascending order, by their numbers."""
    best = found.scores.argmax(dim=1)
    other_of = torch.full_like(found.scores, -1, dtype=torch.long).index_put(
        (found.one, found.column), found.other
    )
    linked = other_of.gather(1, best[:, None])[:, 0].tolist()  # -1 where it is none
    kept = found.kept.tolist()
    of: dict[int, int] = {}
    groups: list[list[int]] = []
    for place, antecedent in enumerate(linked):
        if antecedent < 0:
            continue
        # The antecedent comes earlier, so that it is known whether it has a cluster.
        if antecedent not in of:
            of[antecedent] = len(groups)
            groups.append([kept[antecedent]])
        of[place] = of[antecedent]
        groups[of[place]].append(kept[place])
    return groups
