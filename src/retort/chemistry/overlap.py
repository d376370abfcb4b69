"""How alike two compositions are: the share of their atoms that is the same."""

import numpy as np

from retort.chemistry.composition import ATOMIC_NUMBER
from retort.chemistry.magpie import PROPERTIES, filled

HIGHEST = len(ATOMIC_NUMBER)


def rows(numbers: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """(C, 119) float32 atomic fractions by atomic number, of the slots (C, M) that `datasets.views.formulas` has."""
    dense = np.zeros((len(numbers), HIGHEST + 1), np.float32)
    np.put_along_axis(dense, numbers.astype(np.int64), fractions.astype(np.float32), axis=1)
    dense[:, 0] = 0.0  # where there is no element
    return dense


def overlap(asked: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(A, K) sum over the elements of the smaller fraction: 1 for equal compositions, 0 without a common element.

    LiFePO4 and LiMnPO4 have 6 of 7 atoms in common.

    Args:
        asked, known: (A, E) and (K, E) atomic fractions, rows summing to one.
    """
    shared = np.zeros((len(asked), len(known)), np.float32)
    for element in np.flatnonzero(asked.any(axis=0)):
        having = np.flatnonzero(known[:, element])
        some = np.flatnonzero(asked[:, element])
        shared[np.ix_(some, having)] += np.minimum(asked[some, element][:, None], known[having, element])
    return shared


def order(asked: np.ndarray, known: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` most alike known compositions of each asked one, and how alike they are, both (A, count).

    Among equally alike ones those come first whose mean Mendeleev number is nearest: LiMnPO4 before LiBiPO4.
    """
    alike = overlap(asked, known)
    mendeleev = np.zeros(HIGHEST + 1)
    listed = filled()[:, PROPERTIES.index("mendeleev_number")]
    mendeleev[1 : len(listed) + 1] = listed
    apart = np.abs((asked @ mendeleev)[:, None] - known @ mendeleev)
    count = min(count, len(known))
    # Rounded: a sum of thirds is not the same in every order.
    places = np.lexsort((apart, -np.round(alike, 5)), axis=1)[:, :count]
    return places, np.take_along_axis(alike, places, axis=1)
