"""The span model: an encoder, and on it entities, relations and coreference of whole documents (DyGIE++ as released).

Each task has a perceptron of its own on the same spans. Where coreference is learned, spans first take up their
antecedents' vectors, and what they become is what the other tasks see. The source does so also where coreference has a
weight of 0, by scores that nothing taught; here a task without weight does not exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.studies.scitext.coreference import Antecedents, CoreferenceScorer, clusters, coreference_loss
from retort.studies.scitext.data import Annotations, Document, Entity, Relation, Span
from retort.studies.scitext.encoder import Encoder
from retort.studies.scitext.examples import Batch, Example, Reader, Schemes
from retort.studies.scitext.relations import RelationScorer, ScoredPairs, relation_loss
from retort.studies.scitext.spans import Perceptron, SpanVectors

TASKS = ("entities", "relations", "coreference")
READ_AT_ONCE = 16  # documents


@dataclass(frozen=True)
class Scores:
    """What the model makes of a batch; None where a task has no weight.

    Attributes:
        entities: (S, 1 + types); the first, of no entity, is 0.
    """

    entities: Tensor | None
    relations: ScoredPairs | None
    antecedents: Antecedents | None


class Extractor(nn.Module):
    """From the pieces of documents to entities, relations and coreference.

    Args:
        encoder: of pieces; trained along.
        schemes: the types.
        settings: the block `spans`.
        weights: of the losses by task; a task of weight 0 is left out.

    Raises:
        ValueError: no task has a weight.
    """

    def __init__(self, encoder: Encoder, schemes: Schemes, settings: Mapping, weights: Mapping[str, float]):
        super().__init__()
        self.weights = {task: weights[task] for task in TASKS if weights[task] > 0}
        if not self.weights:
            raise ValueError(
                f"weights {dict(weights)}, expected one above 0. "
                "Hint: do the training documents have what is to be learned?"
            )
        self.encoder = encoder
        width = 2 * encoder.width + settings["width_embedding"]
        shape = settings["hidden"], settings["layers"], settings["dropout"]
        self.widths = nn.Embedding(settings["widest"], settings["width_embedding"])
        nn.init.xavier_normal_(self.widths.weight)
        has = self.weights
        self.entities = Perceptron(width, len(schemes.entities), *shape) if "entities" in has else None
        self.relations = (
            RelationScorer(width, len(schemes.relations), settings) if "relations" in has else None
        )
        self.coreference = CoreferenceScorer(width, settings) if "coreference" in has else None

    def words(self, batch: Batch) -> Tensor:
        """(W, d): a word is the mean of its pieces; zeros for a word that is cut."""
        parts: list[Tensor] = []
        for numbers, real in batch.groups:
            states = self.encoder.states(numbers, None if bool(real.all()) else real)
            parts.append(states.flatten(0, 1).index_select(0, real.flatten().nonzero()[:, 0]))
        states, word = torch.cat(parts), batch.word
        read = (word >= 0).nonzero()[:, 0]
        if len(read) < len(word):
            states, word = states.index_select(0, read), word[read]
        pieces = torch.bincount(word, minlength=batch.words).clamp(min=1)
        return states.new_zeros(batch.words, states.shape[1]).index_add(0, word, states) / pieces[:, None]

    def forward(self, batch: Batch) -> Scores:
        """Scores of all spans for every task that has a weight."""
        spans = SpanVectors(self.words(batch), self.widths.weight, batch.first, batch.last)
        antecedents = relations = entities = None
        if self.coreference is not None:
            antecedents = self.coreference(spans, batch)
            if self.coreference.rounds:
                spans = spans.replaced(antecedents.kept, antecedents.vectors)
        if self.entities is not None:
            entities = F.pad(self.entities.of_spans(spans), (1, 0))
        if self.relations is not None:
            relations = self.relations(spans, batch)
        return Scores(entities, relations, antecedents)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The loss of each task, summed over spans, pairs and mentions and divided by documents, and their `total`."""
        scores: Scores = self(batch)
        terms: dict[str, Tensor] = {}
        if scores.entities is not None:
            terms["entities"] = F.cross_entropy(scores.entities, batch.entity, reduction="sum") / batch.size
        if scores.relations is not None:
            terms["relations"] = relation_loss(scores.relations, batch) / batch.size
        if scores.antecedents is not None:
            terms["coreference"] = coreference_loss(scores.antecedents, batch) / batch.size
        weighted = [self.weights[task] * term for task, term in terms.items()]
        return terms | {"total": torch.stack(weighted).sum()}


def predict(model: Extractor, reader: Reader, documents: Sequence[Document]) -> list[Annotations]:
    """What the model, which is put into `eval` mode, says of D documents, with probabilities as scores.

    Words that the encoder does not reach are in no prediction.
    """
    return said_of(model, reader, [reader.example(document) for document in documents])


@torch.no_grad()
def said_of(model: Extractor, reader: Reader, examples: Sequence[Example]) -> list[Annotations]:
    """As `predict`, of documents that are arrays already."""
    model.eval()
    device = model.widths.weight.device
    said: list[Annotations] = []
    for start in range(0, len(examples), READ_AT_ONCE):
        batch = reader.batch(examples[start : start + READ_AT_ONCE]).to(device)
        said += annotations(model(batch), batch, reader.schemes)
    return said


def annotations(scores: Scores, batch: Batch, schemes: Schemes) -> list[Annotations]:
    """The likeliest class of every span and of every ordered pair, and the clusters, by document.

    Nothing ties one to another: a relation needs no entity, and entities may overlap. A span has no relation to itself,
    though the model scores it.
    """
    entities: list[list[Entity]] = [[] for _ in batch.offsets]
    relations: list[list[Relation]] = [[] for _ in batch.offsets]
    linked: list[list[list[Span]]] = [[] for _ in batch.offsets]
    document, first, last = batch.document.tolist(), batch.first.tolist(), batch.last.tolist()

    def span(number: int) -> Span:
        shift = batch.offsets[document[number]]
        return Span(first[number] - shift, last[number] + 1 - shift)

    if scores.entities is not None:
        for number, type, score in _chosen(scores.entities):
            entities[document[number]].append(Entity(*span(number), schemes.entities[type], score))
    if scores.relations is not None:
        heads, tails = scores.relations.head.tolist(), scores.relations.tail.tolist()
        for number, type, score in _chosen(scores.relations.scores):
            head, tail = heads[number], tails[number]
            if head != tail:
                relation = Relation(*span(head), *span(tail), schemes.relations[type], score)
                relations[document[head]].append(relation)
    if scores.antecedents is not None:
        for cluster in clusters(scores.antecedents):
            linked[document[cluster[0]]].append([span(number) for number in cluster])
    return [
        Annotations(own, sorted(others), groups)
        for own, others, groups in zip(entities, relations, linked, strict=True)
    ]


def _chosen(scores: Tensor) -> list[tuple[int, int, float]]:
    """Row, class from 0 and probability of the rows (N, 1 + classes) whose likeliest class is not the first."""
    best = scores.argmax(dim=1)
    rows = best.nonzero()[:, 0]
    likely = scores[rows].softmax(dim=1).gather(1, best[rows, None])[:, 0]
    return list(zip(rows.tolist(), (best[rows] - 1).tolist(), likely.tolist(), strict=True))
