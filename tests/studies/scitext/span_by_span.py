"""The losses of the span model as their definition reads, one span, one pair and one mention after the other.

It shares the weights and nothing else with the model, does one document at a time, and knows no dropout. The benchmark
measures against it, too. Formulas as in DyGIE++ (Wadden et al. 2019).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from retort.studies.scitext.data import Document, Span
from retort.studies.scitext.examples import Reader
from retort.studies.scitext.extractor import Extractor
from retort.studies.scitext.spans import Perceptron

Vectors = dict[Span, Tensor]


def losses(model: Extractor, reader: Reader, document: Document, settings: dict) -> dict[str, Tensor]:
    """The loss of every task that the model has, summed, of one document; `settings` is the block `spans`."""
    words = word_vectors(model, reader, document)
    vectors: Vectors = {}
    for bound in document.bounds:
        for first in range(bound.start, bound.end):
            for last in range(first, min(first + settings["widest"], bound.end)):
                width = model.widths.weight[last - first]
                vectors[Span(first, last + 1)] = torch.cat([words[first], words[last], width])
    terms = {}
    if model.coreference is not None:
        vectors, terms["coreference"] = coreference(model.coreference, vectors, document, settings)
    if model.entities is not None:
        gold = {each.span: 1 + reader.schemes.entities.index(each.type) for each in document.gold.entities}
        terms["entities"] = torch.zeros(())
        for span, vector in vectors.items():
            scores = torch.cat([torch.zeros(1), perceptron(model.entities, vector)])
            terms["entities"] = terms["entities"] - scores.log_softmax(0)[gold.get(span, 0)]
    if model.relations is not None:
        terms["relations"] = relations(model.relations, vectors, document, reader, settings)
    return terms


def word_vectors(model: Extractor, reader: Reader, document: Document) -> list[Tensor]:
    """Every word as the mean of its pieces, every sentence encoded alone."""
    words = []
    for sentence in document.sentences:
        pieces, first, last = reader.tokenizer.encode_words(sentence)
        states = model.encoder.states(torch.from_numpy(pieces)[None])[0]
        words += [states[begin : end + 1].mean(dim=0) for begin, end in zip(first, last, strict=True)]
    return words


def relations(head, vectors: Vectors, document: Document, reader: Reader, settings: dict) -> Tensor:
    """All ordered pairs of the likeliest spans of each sentence."""
    gold = {
        (each.head, each.tail): 1 + reader.schemes.relations.index(each.type)
        for each in document.gold.relations
    }
    total = torch.zeros(())
    for bound in document.bounds:
        inside = {span: vector for span, vector in vectors.items() if bound.start <= span.start < bound.end}
        own = {span: perceptron(head.mention, vector)[0] for span, vector in inside.items()}
        kept = likeliest(own, math.ceil(settings["relation_share"] * (bound.end - bound.start)))
        for one in kept:
            for other in kept:
                scores = perceptron(head.pair, paired(vectors[one], vectors[other]))
                scores = torch.cat([torch.zeros(1), scores + own[one] + own[other]])
                total = total - scores.log_softmax(0)[gold.get((one, other), 0)]
    return total


def coreference(head, vectors: Vectors, document: Document, settings: dict) -> tuple[Vectors, Tensor]:
    """The spans after propagation, and the loss of all mentions of the document."""
    own = {span: perceptron(head.mention, vector)[0] for span, vector in vectors.items()}
    kept = likeliest(own, max(2, math.ceil(settings["coreference_share"] * len(document.words))))
    cluster = {mention: number for number, each in enumerate(document.gold.clusters) for mention in each}
    current = {span: vectors[span] for span in kept}

    def scored() -> list[Tensor]:
        """For every kept span its scores: of no antecedent, then of the nearest antecedent first."""
        each = []
        for place, span in enumerate(kept):
            scores = [torch.zeros(())]
            for distance in range(1, min(place, settings["antecedents"]) + 1):
                other = kept[place - distance]
                bucket = distance if distance <= 4 else min(9, int(math.log2(distance)) + 3)
                pair = torch.cat([paired(current[span], current[other]), head.distances.weight[bucket]])
                scores.append(perceptron(head.pair, pair)[0] + own[span] + own[other])
            each.append(torch.stack(scores))
        return each

    scores = scored()
    for _ in range(settings["propagation"]):
        renewed = {}
        for place, span in enumerate(kept):
            likely = scores[place].softmax(0)
            taken = torch.zeros_like(current[span])
            for distance in range(1, len(likely)):
                taken = taken + likely[distance] * current[kept[place - distance]]
            gate = torch.sigmoid(head.gate(torch.cat([current[span], taken])))
            renewed[span] = gate * current[span] + (1 - gate) * taken
        current = renewed
        scores = scored()
    total = torch.zeros(())
    for place, span in enumerate(kept):
        right = [
            distance
            for distance in range(1, len(scores[place]))
            if span in cluster and cluster.get(kept[place - distance]) == cluster[span]
        ]
        probabilities = scores[place].softmax(0)
        total = total - sum(probabilities[distance] for distance in right or [0]).log()
    return vectors | current, total


def paired(one: Tensor, other: Tensor) -> Tensor:
    return torch.cat([one, other, one * other])


def perceptron(module: Perceptron, values: Tensor) -> Tensor:
    """Hidden layers with ReLU, then the last."""
    for linear in [module.first, *module.further]:
        values = linear(values).relu()
    return module.last(values)


def likeliest(scores: dict[Span, Tensor], many: int) -> list[Span]:
    """The spans of the highest scores, in their order in the text."""
    best: Callable[[Span], float] = lambda span: -float(scores[span].detach())  # noqa: E731
    return sorted(sorted(scores, key=best)[:many])
