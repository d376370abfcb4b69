"""What only pictures need: a map of the test targets by learned and by raw vectors."""

import numpy as np
import polars as pl

from retort.runs import Run
from retort.statistics.plane import plane
from retort.studies.precursors.targets import Targets

NEIGHBOURS = 10  # whose family is compared with a target's own
COMPONENTS, ITERATIONS = 32, 500  # what t-SNE sees of the vectors, and how long it runs


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`, about the test targets of the fullest place.

    Without a trained selector there is none.
    """
    targets = Targets.of(runs)
    maps = [_map(targets, name, vectors[targets.rows]) for name, vectors in targets.spaces().items()]
    return {"map": targets.placed(pl.concat(maps))} if maps else {}


def _map(targets: Targets, space: str, vectors: np.ndarray) -> pl.DataFrame:
    """The targets by their unit vectors (n, d)."""
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    _, points = plane(vectors, perplexity=perplexity, iterations=ITERATIONS, components=COMPONENTS)
    return pl.DataFrame({"target_key": targets.keys, "family": targets.family}).with_columns(
        space=pl.lit(space),
        x=pl.Series(points[:, 0], dtype=pl.Float32),
        y=pl.Series(points[:, 1], dtype=pl.Float32),
        agreement=pl.lit(agreement(vectors, targets.family)),
    )


def agreement(vectors: np.ndarray, family: list[str]) -> float:
    """Mean share of a target's nearest other targets that are of its family."""
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    near = np.argsort(-similarity, axis=1, kind="stable")[:, : min(NEIGHBOURS, len(vectors) - 1)]
    labels = np.array(family)
    return float((labels[near] == labels[:, None]).mean())
