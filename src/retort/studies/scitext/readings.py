"""What counts as found: every reading of F1 that is reported of the same predictions.

Counts are per document and micro-averaged: precision is the sum of hits by the sum of what is predicted. Readings:

- entities, `f1`: start, end and type agree; all gold counts. `f1-narrow`: spans wider than 8 words count on neither
  side, as in DyGIE++, which enumerates no others.
- relations, `f1` (Rel, boundaries): head, tail and type agree and the direction too; the types of the entities do not
  matter. `f1-strict` (Rel+): these must be predicted and agree as well. `f1-symmetric`: the relations of `SYMMETRIC`
  match in either direction. `f1-double` (PL-Marker): as the last, but a symmetric relation counts twice among gold,
  predictions and hits, and of predictions of one type whose heads and whose tails overlap the likeliest alone is kept.
- coreference, `f1`: the CoNLL average of `muc`, `b3` and `ceafe`; mentions must agree exactly.
- pairs, `f1`: micro-averaged over the types of given pairs, which all have one: it is the accuracy. `f1-macro`: the
  mean of the types' own F1, as SciBERT reports it.

Sources: Taillé et al., "Let's stop incorrect comparisons in end-to-end relation extraction", EMNLP 2020; the code of
DyGIE++ (b55dec4), PURE (b1e9cad), PL-Marker (dd19a85) and SciBERT (06793f7).
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retort.statistics import coreference, ratios
from retort.statistics.influence import Estimate
from retort.studies.scitext.data import Annotations, Entity, Relation, Span

WIDEST = 8  # words of a span that a span model enumerates
SYMMETRIC = ("COMPARE", "CONJUNCTION")  # in capitals; data sets differ in how they write them
F1, PRECISION, RECALL = "f1", "precision", "recall"
NARROW, STRICT, SYMMETRICALLY, DOUBLE, MACRO = (
    "f1-narrow",
    "f1-strict",
    "f1-symmetric",
    "f1-double",
    "f1-macro",
)


@dataclass(frozen=True)
class Counts:
    """Of N documents: hits, predictions and gold, each (N,)."""

    hits: np.ndarray
    predicted: np.ndarray
    gold: np.ndarray

    @property
    def precision(self) -> Estimate:
        return ratios.ratio(self.hits, self.predicted)

    @property
    def recall(self) -> Estimate:
        return ratios.ratio(self.hits, self.gold)

    @property
    def f1(self) -> Estimate:
        """0 where nothing is predicted or nothing is true."""
        return ratios.harmonic(self.precision, self.recall)


Said = Sequence[Annotations]
# The things of one document, the same for gold and predictions, with how much each counts.
Things = Callable[[Annotations], Mapping[Hashable, int]]


def counts(gold: Said, predicted: Said, things: Things, *, of_predicted: Things | None = None) -> Counts:
    """How many things agree; both sides have the same documents in the same order.

    Args:
        of_predicted: the things of a prediction, where they are not those of gold.

    Raises:
        ValueError: not as many predictions as documents, or none.
    """
    if not gold or len(gold) != len(predicted):
        raise ValueError(
            f"{len(predicted)} predictions of {len(gold)} documents, expected one for each and at least one. "
            "Hint: an empty Annotations() stands for a document of which nothing is said."
        )
    rows = []
    for one, other in zip(gold, predicted, strict=True):
        true, said = things(one), (of_predicted or things)(other)
        hits = sum(weight for thing, weight in said.items() if thing in true)
        rows.append((hits, sum(said.values()), sum(true.values())))
    return Counts(*np.array(rows, float).T)


def entities(gold: Said, predicted: Said, type: str | None = None) -> Counts:
    """Spans with their types, those of one type alone where it is given."""
    return counts(gold, predicted, lambda said: _once(e[:3] for e in said.entities if type in (None, e.type)))


def narrow_entities(gold: Said, predicted: Said) -> Counts:
    """Those of at most `WIDEST` words."""
    return counts(
        gold, predicted, lambda said: _once(e[:3] for e in said.entities if e.end - e.start <= WIDEST)
    )


def relations(gold: Said, predicted: Said, type: str | None = None) -> Counts:
    """Directed pairs of spans with their types, those of one type alone where it is given."""
    return counts(
        gold, predicted, lambda said: _once(r[:5] for r in said.relations if type in (None, r.type))
    )


def strict_relations(gold: Said, predicted: Said) -> Counts:
    """With the types of both entities; one that has an end without an entity is predicted, but no hit."""

    def typed(said: Annotations) -> Mapping[Hashable, int]:
        types = _types(said.entities)
        # A span without an entity gets what equals nothing else.
        ends = ((r, types.get(r.head, object()), types.get(r.tail, object())) for r in said.relations)
        return _once((*r[:5], head, tail) for r, head, tail in ends)

    return counts(gold, predicted, typed)


def symmetric_relations(gold: Said, predicted: Said) -> Counts:
    """Either direction of the relations of `SYMMETRIC` will do, and both together are one."""
    return counts(gold, predicted, lambda said: _once(_unordered(r) for r in said.relations))


def double_relations(gold: Said, predicted: Said) -> Counts:
    """As PL-Marker counts, see above."""

    def weighed(given: Iterable[Relation]) -> Mapping[Hashable, int]:
        return {_unordered(r): 2 if _is_symmetric(r) else 1 for r in given}

    return counts(
        gold,
        predicted,
        lambda said: weighed(said.relations),
        of_predicted=lambda said: weighed(_without_overlaps(said.relations)),
    )


def pairs(gold: Said, predicted: Said, type: str | None = None) -> Counts:
    """Types of the given pairs, which are the relations of gold; one type alone where it is given."""
    return counts(
        gold,
        predicted,
        lambda said: _once(r[:5] for r in said.relations if type in (None, r.type)),
        of_predicted=lambda said: _once(r[:5] for r in said.pairs if type in (None, r.type)),
    )


def macro_pairs(gold: Said, predicted: Said) -> Estimate:
    """The mean of F1 over the types that gold has."""
    types = sorted({r.type for said in gold for r in said.relations})
    return ratios.average([pairs(gold, predicted, type).f1 for type in types])


def of(target: str, gold: Said, predicted: Said) -> dict[str, Estimate]:
    """Every reading of a target by the name of its metric, fractions; `f1` is the primary one.

    Args:
        target: `entities`, `relations`, `coreference` or `pairs`.
        gold, predicted: of the same N documents in the same order.

    Raises:
        ValueError: an unknown target, no document, or not one prediction for each; for pairs, gold without relations.
    """
    if target == "entities":
        return _plain(entities(gold, predicted)) | {NARROW: narrow_entities(gold, predicted).f1}
    if target == "relations":
        return _plain(relations(gold, predicted)) | {
            STRICT: strict_relations(gold, predicted).f1,
            SYMMETRICALLY: symmetric_relations(gold, predicted).f1,
            DOUBLE: double_relations(gold, predicted).f1,
        }
    if target == "coreference":
        found = coreference.scores(*([said.clusters for said in side] for side in (gold, predicted)))
        whole = found.pop("conll")
        own = {name: score.f1 for name, score in found.items()}
        return {F1: whole.f1, PRECISION: whole.precision, RECALL: whole.recall} | own
    if target == "pairs":
        return _plain(pairs(gold, predicted)) | {MACRO: macro_pairs(gold, predicted)}
    raise ValueError(
        f"target {target!r}, expected entities, relations, coreference or pairs. Hint: a split's `target`."
    )


def f1_of(target: str, gold: Said, predicted: Said) -> float:
    """The primary F1 of a target, a fraction, by which training selects; errors as of `of`."""
    primary: dict[str, Callable[[Said, Said], Counts]] = {
        "entities": entities,
        "relations": relations,
        "pairs": pairs,
    }
    if target in primary:
        return float(primary[target](gold, predicted).f1.value)
    return float(of(target, gold, predicted)[F1].value)


def _plain(counted: Counts) -> dict[str, Estimate]:
    return {F1: counted.f1, PRECISION: counted.precision, RECALL: counted.recall}


def _once(things: Iterable[Hashable]) -> dict[Hashable, int]:
    return dict.fromkeys(things, 1)


def _types(said: Collection[Entity]) -> dict[Span, tuple[str, ...]]:
    """The types of every span, sorted: a span may have two."""
    types: dict[Span, set[str]] = {}
    for entity in said:
        types.setdefault(entity.span, set()).add(entity.type)
    return {span: tuple(sorted(each)) for span, each in types.items()}


def _is_symmetric(relation: Relation) -> bool:
    return relation.type.upper() in SYMMETRIC


def _unordered(relation: Relation) -> Hashable:
    """What a relation is known by; of a symmetric one its ends are sorted."""
    ends = [relation.head, relation.tail]
    return (*(sorted(ends) if _is_symmetric(relation) else ends), relation.type)


def _without_overlaps(said: Collection[Relation]) -> list[Relation]:
    """The likeliest first, without those whose both ends overlap those of a likelier one of their type."""
    kept: list[Relation] = []
    for one in sorted(said, key=lambda relation: -relation.score):
        if not any(
            one.type == other.type and _meet(one.head, other.head) and _meet(one.tail, other.tail)
            for other in kept
        ):
            kept.append(one)
    return kept


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
