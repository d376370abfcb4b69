"""Polymorphs of one composition, two by two: which of them is the less stable one?"""

from collections.abc import Sequence

import numpy as np

APART = 0.1  # eV/atom; two polymorphs that are closer make no pair
# Predictions that differ by less than this share of their spread are equal: sums in another order differ as much.
TIED = 1e-9


def pairs(compositions: Sequence[str], energies: np.ndarray) -> np.ndarray:
    """(P, 2) rows of one composition whose energies (N,) differ by more than `APART`, the less stable one first."""
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(compositions):
        groups.setdefault(name, []).append(row)
    found = [
        (one, other)
        for rows in groups.values()
        for one in rows
        for other in rows
        if energies[one] - energies[other] > APART
    ]
    return np.array(found, np.int64).reshape(-1, 2)


def ordered_rightly(
    compositions: Sequence[str], energies: np.ndarray, predicted: np.ndarray
) -> dict[str, float]:
    """Of each composition with pairs the share that predictions (N,) order as the energies do; a tie counts a half."""
    tie = TIED * max(float(np.ptp(predicted)), 1e-300) if len(predicted) else 0.0
    shares: dict[str, list[float]] = {}
    for less, more in pairs(compositions, energies):
        gap = predicted[less] - predicted[more]
        shares.setdefault(compositions[less], []).append(0.5 if abs(gap) <= tie else float(gap > 0))
    return {name: float(np.mean(each)) for name, each in sorted(shares.items())}


def folds(compositions: Sequence[str], count: int, seed: int) -> np.ndarray:
    """(N,) the fold of each row, 0 to `count` - 1: whole compositions, in an order that the seed draws."""
    names = np.random.default_rng(seed).permutation(sorted(set(compositions)))
    of = {name: number % count for number, name in enumerate(names.tolist())}
    return np.array([of[name] for name in compositions], np.int64)
