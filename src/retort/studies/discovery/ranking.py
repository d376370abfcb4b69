"""The source's ranking: materials in the order of how much their properties are those of a query, and its score.

M. Qu et al., npj Comput. Mater. 10, 58 (2024), and `mat_rec/utils.py` of ertekin-research-group/Material_Recommender.
A relative difference depends on where a quantity has its zero: of a logarithm it is large where the quantity is about
one unit. That is the source's score, and it is kept.
"""

import numpy as np

LEAST = 0.01  # standard deviations of the labels: a relative difference to less than that says nothing
NEAREST = 10  # materials that are relevant to a query


def compared(query: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """(T,) of which properties the query, (T,), has more than next to nothing; `spread`, (T,), is of the labels."""
    return np.abs(query) > LEAST * spread


def differences(query: np.ndarray, others: np.ndarray, used: np.ndarray) -> np.ndarray:
    """(M,) the mean over the `used` properties, (T,) Boolean, of |query - other| / |query|; zeros where none is used.

    Args:
        query: (T,). others: (M, T), in the properties' units.
    """
    if not used.any():
        return np.zeros(len(others))
    return (np.abs(query - others)[:, used] / np.abs(query[used])).mean(axis=1)


def gains(truth: np.ndarray, said: np.ndarray, materials: np.ndarray) -> np.ndarray:
    """(N,) normalised discounted cumulative gain of each row as a query among the others; NaN where there is none.

    The ten rows that are nearest by measured properties are relevant. All are put in the order of predicted ones, the
    query's predicted too, and a relevant one at rank r adds 1 / log2(1 + r). Ours is divided by the sum of an order
    that begins with the relevant ones, so that 1 is perfect; the source does not divide. Rows with equal predictions
    share the mean of what their ranks would add, which is what a random order of them is expected to. Since the whole
    list counts, a random order has not 0 but 0.46 among 100 rows and 0.27 among 1,000.

    Properties of which the query has next to nothing are left out for it: by its measured values for what is relevant,
    by its predicted ones for the order. A query that has nothing measured is none. Nor are rows of the query's own
    material in its list: the same one at another temperature, or another polymorph, is no find.

    Args:
        truth, said: (N, T) measured and predicted, in the properties' units.
        materials: (N,) the composition of each row.
    """
    spread = truth.std(axis=0)
    found = np.full(len(truth), np.nan)
    for query in range(len(truth)):
        others = np.flatnonzero(materials != materials[query])
        used = compared(truth[query], spread)
        if not used.any() or not len(others):
            continue
        near = np.argsort(differences(truth[query], truth[others], used), kind="stable")[:NEAREST]
        far = differences(said[query], said[others], compared(said[query], spread))
        found[query] = shared(far)[near].sum() / discounts(len(others))[: len(near)].sum()
    return found


def discounts(count: int) -> np.ndarray:
    """(count,) what a relevant material adds at the ranks 1, 2, .."""
    return 1 / np.log2(np.arange(count) + 2)


def shared(far: np.ndarray) -> np.ndarray:
    """(M,) the discount of each material in the ascending order of `far`, (M,); equal ones have their mean."""
    _, group, sizes = np.unique(far, return_inverse=True, return_counts=True)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return (np.add.reduceat(discounts(len(far)), starts) / sizes)[group]
