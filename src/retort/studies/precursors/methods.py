"""The methods that the study compares: settings and trained selectors to ranked proposals."""

import numpy as np

from retort.studies.precursors.data import NONE, Archive
from retort.studies.precursors.expert import Expert
from retort.studies.precursors.recommend import (
    SHARPNESS,
    Proposals,
    Scores,
    Shelf,
    combine,
    common_sets,
    compose,
    propose,
)


def recommend(archive: Archive, targets: np.ndarray, settings: dict, experts: list[Expert]) -> Proposals:
    """Proposals for `targets` (A,) from the training reactions; `owner` of the result counts from 0 to A - 1.

    Several experts act as one: their cosines and their logits are averaged.

    Raises:
        ValueError: the settings ask for something learned, but there is no expert, or for features not given.
    """
    learned = settings["completion"] == "learned" or settings["similarity"] == "learned"
    if learned and not experts:
        raise ValueError(
            f"similarity={settings['similarity']!r} and completion={settings['completion']!r} need a trained "
            "selector. Hint: set train: true, or name one in the variant's uses."
        )
    shelf, everyone = Shelf.of(archive, targets), np.arange(len(targets))
    usage = log_usage(archive)
    scores = (
        common_scores(usage)
        if settings["completion"] == "common"
        else learned_scores(archive, targets, experts, context=settings["mask"] != "everything")
    )
    if settings["method"] == "compose":
        wanted = np.broadcast_to(usage, (len(targets), len(usage)))
        if settings["completion"] == "learned":
            wanted = SHARPNESS * bare(scores, len(targets))
        return compose(shelf, everyone, wanted, limit=settings["proposals"])[0]
    near = similarity(archive, targets, archive.known.targets, settings["similarity"], experts)
    if settings["method"] == "combine":
        wanted = SHARPNESS * bare(scores, len(targets))
        return combine(shelf, archive.known, near, scores, wanted, limit=settings["proposals"])
    first = common_sets(shelf, everyone, archive.precursor_weight) if settings["common_first"] else None
    return propose(
        shelf,
        archive.known,
        near,
        scores,
        limit=settings["proposals"],
        first=first,
        neighbours=settings["neighbours"],
    )


def similarity(
    archive: Archive, targets: np.ndarray, known: np.ndarray, kind: str, experts: list[Expert]
) -> np.ndarray:
    """Cosines (A, K) of `targets` (A,) with `known` (K,) targets, by `learned`, `composition` or `magpie` vectors."""
    if kind == "learned":
        total = np.zeros((len(targets), len(known)), np.float32)
        for expert in experts:
            total += (
                expert.encode(archive.target_fractions[targets])
                @ expert.encode(archive.target_fractions[known]).T
            )
        return total / len(experts)
    vectors = raw_vectors(archive, kind)
    return vectors[targets] @ vectors[known].T


def raw_vectors(archive: Archive, kind: str) -> np.ndarray:
    """(T, D) unit vectors without learning: atomic fractions, or Magpie features min-max scaled on train."""
    if kind == "composition":
        vectors = archive.target_fractions
    elif archive.descriptors is None:
        raise ValueError("similarity='magpie' needs the view magpie. Hint: add it to the study's views.")
    else:
        seen = archive.descriptors[archive.targets_of("train")]
        low, high = seen.min(axis=0), seen.max(axis=0)
        # A feature that never varies says nothing; dividing by one keeps it at zero.
        vectors = (archive.descriptors - low) / np.where(high > low, high - low, 1)
    # A target at the lower end of every feature is near to none.
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def log_usage(archive: Archive) -> np.ndarray:
    """(P,) log of how often each precursor is used in training; -inf for those that never are."""
    usage = archive.precursor_weight
    return np.where(usage > 0, np.log(np.maximum(usage, 1e-300)), -np.inf).astype(np.float32)


def common_scores(usage: np.ndarray) -> Scores:
    """The completer that knows only how often each precursor (P,) is used."""
    return lambda owner, chosen: np.broadcast_to(usage, (len(owner), len(usage)))


def learned_scores(
    archive: Archive, targets: np.ndarray, experts: list[Expert], *, context: bool = True
) -> Scores:
    """The completer that asks the experts, and averages their logits.

    Args:
        context: whether they see what is already chosen; one that was trained without must not be shown it here.
    """
    vectors = [expert.encode(archive.target_fractions[targets]) for expert in experts]

    def scores(owner: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        chosen = chosen if context else np.full_like(chosen, NONE)
        views = zip(experts, vectors, strict=True)
        return np.asarray(
            sum(expert.wanted(vector[owner], chosen) for expert, vector in views) / len(experts)
        )

    return scores


def bare(scores: Scores, count: int) -> np.ndarray:
    """(A, P) scores of `count` targets for which nothing is chosen yet."""
    step = 512
    return np.concatenate(
        [
            scores(np.arange(start, min(start + step, count)), np.full((min(step, count - start), 1), NONE))
            for start in range(0, count, step)
        ]
    )
