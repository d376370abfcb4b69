"""The yields of the nearest training reactions, by the Tanimoto similarity of their difference fingerprints."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from retort.datasets.views.reaction_molecules import ARRAYS
from retort.studies.yields.data import Predicted, Records
from retort.studies.yields.tabular import FINGERPRINTS


def run(records: Records, features: dict[str, Path], settings: dict) -> tuple[Predicted, dict]:
    """The mean of the k nearest training yields, each weighted with its similarity to the power `power`.

    Of the `numbers` and `powers` those are taken that predict the training reactions best, each from the others:
    nothing is chosen on valid. Sigma is the spread of the same neighbours, with the same weights.
    """
    bits = np.unpackbits(load_file(features[FINGERPRINTS] / ARRAYS)["drfp"], axis=1)[records.places]
    train = records.rows_of("train")
    yields = records.yields[train]
    among = similarity(bits[train], bits[train])
    np.fill_diagonal(among, -np.inf)  # nobody is its own neighbour
    numbers = sorted({min(number, len(train) - 1) for number in settings["numbers"]})
    if numbers[0] < 1:
        raise ValueError("one training reaction has no neighbours. Hint: ask for more labels.")
    order = nearest(among, numbers[-1])
    tried = {
        (number, power): float(np.mean((_weighted(among, order[:, :number], yields, power)[0] - yields) ** 2))
        for number in numbers
        for power in settings["powers"]
    }
    number, power = min(tried, key=tried.__getitem__)
    alike = similarity(bits[records.predicted], bits[train])
    mean, spread = _weighted(alike, nearest(alike, number), yields, power)
    return Predicted(mean, aleatoric=spread), {"neighbours": number, "power": power}


def similarity(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(N, M) bits in common over bits in either, of 0/1 vectors (N, B) and (M, B); two without a bit are alike."""
    common = one.astype(np.float32) @ other.astype(np.float32).T
    either = one.sum(axis=1, dtype=np.float32)[:, None] + other.sum(axis=1, dtype=np.float32) - common
    return np.where(either > 0, common / np.maximum(either, 1), 1.0)


def nearest(alike: np.ndarray, number: int) -> np.ndarray:
    """(N, number) the nearest of M, nearest first, from similarities (N, M); of equally near ones the first."""
    return np.argsort(-alike, axis=1, kind="stable")[:, :number]


def _weighted(
    alike: np.ndarray, neighbours: np.ndarray, yields: np.ndarray, power: float
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean and standard deviation (N,) of the yields of the neighbours (N, k), from similarities (N, M)."""
    near = np.take_along_axis(alike, neighbours, axis=1).astype(np.float64)
    weights = np.maximum(near, 1e-6) ** power
    weights /= weights.sum(axis=1, keepdims=True)
    mean = (weights * yields[neighbours]).sum(axis=1)
    return mean, np.sqrt((weights * (yields[neighbours] - mean[:, None]) ** 2).sum(axis=1))
