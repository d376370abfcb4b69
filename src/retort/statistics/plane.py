"""Vectors of a high-dimensional space as points of a plane that can be drawn."""

import numpy as np
from threadpoolctl import threadpool_limits

PERPLEXITY = 30.0  # van der Maaten and Hinton (2008): 5 to 50
FEWEST = 8  # vectors that have neighbourhoods to be kept


def plane(
    vectors: np.ndarray,
    *,
    perplexity: float | None = None,
    iterations: int = 1000,
    components: int | None = None,
    most: int | None = None,
    standardise: bool = False,
) -> tuple[str, np.ndarray]:
    """The method, `t-SNE` or `PCA`, and the points, float64 (N, 2), of vectors (N, W).

    PCA where t-SNE has nothing to keep or takes too long: fewer than `FEWEST` or more than `most` vectors, or all but
    one column the same for all vectors. Both repeat to the byte: t-SNE starts from the principal components, on one
    thread, in single precision unless `components` says otherwise.

    Args:
        perplexity: effective number of neighbours of t-SNE; None: 30, or a quarter of the vectors where they are few.
        iterations: of t-SNE.
        components: t-SNE sees only so many principal components, fewer where the vectors have fewer, in double
            precision.
        most: vectors that t-SNE is asked to place; None: any number.
        standardise: bring each column to mean 0 and standard deviation 1 first; one that stands still becomes 0.
    """
    vectors = np.asarray(vectors)
    spread = vectors.std(axis=0)
    alive = spread > 1e-6 * max(float(spread.max()), 1e-12)
    if standardise:
        vectors = (vectors - vectors.mean(axis=0)) / np.where(alive, spread, np.inf)
    few = len(vectors) < FEWEST or alive.sum() < 2
    with threadpool_limits(1):  # sums over threads end in other last digits
        if few or (most is not None and len(vectors) > most):
            return "PCA", _principal(vectors if standardise else vectors - vectors.mean(axis=0))
        if perplexity is None:
            perplexity = min(PERPLEXITY, len(vectors) // 4)
        return "t-SNE", _neighbourly(vectors, perplexity, iterations, components)


def _neighbourly(
    vectors: np.ndarray, perplexity: float, iterations: int, components: int | None
) -> np.ndarray:
    # Here, because a second of import counts in commands that draw nothing.
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if components is None:
        vectors = vectors.astype(np.float32)
    else:
        width = min(components, *vectors.shape)
        vectors = PCA(n_components=width, svd_solver="full").fit_transform(vectors.astype(np.float64))
    shrunk = TSNE(perplexity=perplexity, init="pca", max_iter=iterations, random_state=0, n_jobs=1)
    return shrunk.fit_transform(vectors).astype(np.float64)


def _principal(centred: np.ndarray) -> np.ndarray:
    """(N, 2) of centred vectors (N, W); a component that they lack is zero."""
    left, lengths, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    points = np.zeros((len(centred), 2))
    count = min(2, len(lengths))
    # The sign of a principal component is arbitrary: the largest coordinate is made positive.
    components = left[:, :count] * lengths[:count]
    signs = np.sign(components[np.abs(components).argmax(axis=0), range(count)])
    points[:, :count] = components * np.where(signs == 0, 1, signs)
    return points
