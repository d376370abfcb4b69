"""How alike two models see the same materials, as numbers beside the maps.

Distances between clusters of a t-SNE map mean nothing; these two measures do not depend on the map.
"""

import numpy as np
from sklearn.neighbors import NearestNeighbors

NEIGHBOURS = 10


def linear_cka(first: np.ndarray, second: np.ndarray) -> float:
    """Linear centred kernel alignment of two embeddings (N, W) and (N, V) of the same N records: 0 to 1.

    Kornblith et al., ICML 2019. It is 1 for embeddings that are equal but for rotation, shift and one common scale.
    """
    first, second = (
        np.asarray(x, np.float64) - np.mean(x, axis=0, dtype=np.float64) for x in (first, second)
    )
    shared = np.linalg.norm(first.T @ second) ** 2
    return float(shared / (np.linalg.norm(first.T @ first) * np.linalg.norm(second.T @ second)))


def knn_overlap(first: np.ndarray, second: np.ndarray, neighbours: int = NEIGHBOURS) -> float:
    """Mean share of a record's nearest neighbours that two embeddings agree on: 0 to 1, by chance k / (N - 1)."""

    def near(vectors: np.ndarray) -> np.ndarray:
        spread = vectors.std(axis=0)
        scaled = (vectors - vectors.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)
        # Without an argument, a record is not its own neighbour.
        return NearestNeighbors(n_neighbors=neighbours).fit(scaled).kneighbors(return_distance=False)

    pairs = zip(near(first), near(second), strict=True)
    return float(np.mean([len(np.intersect1d(one, other)) for one, other in pairs]) / neighbours)
