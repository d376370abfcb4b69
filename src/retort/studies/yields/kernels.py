"""A Gaussian process whose kernel says how alike two reactions are, component by component.

The similarity of two reactions is a product over slots (see `tabular`) of (1 + s) / 2, where s in [0, 1] is how alike
the molecules are that stand there. So reactions that differ in one component still tell of each other, and how much
depends on what is exchanged for what; expanded, the product is a sum over all subsets of components that two reactions
share, main effects and interactions of every order. What has never been seen (an additive that is like no other) is
predicted from the reactions that are alike in all else, with a sigma that says so.
"""

from pathlib import Path

import numpy as np
from rdkit import Chem
from safetensors.numpy import load_file
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from retort.chemistry.molecules import parse
from retort.chemistry.shared_ring import aligned, positions
from retort.datasets.views.component_descriptors import NOTHING
from retort.datasets.views.reaction_molecules import ARRAYS
from retort.studies.yields.data import Predicted, Records
from retort.studies.yields.tabular import FINGERPRINTS, PRODUCT, Slots, published

MOST_ROWS = 4000  # that the process is conditioned on, drawn if there are more: its matrix and time grow fast
FIT_ROWS = 400  # that the noise is fitted on
NOISES = np.geomspace(1e-3, 10, 41)  # its variance over that of the process


def run(records: Records, features: dict[str, Path], seed: int) -> tuple[Predicted, dict]:
    """Condition on train, predict valid and test; aleatoric is the noise, epistemic the process's own doubt."""
    slots = Slots.read(features)
    counts = load_file(features[FINGERPRINTS] / ARRAYS)["ecfp"].astype(np.float32)
    draw = np.random.default_rng(seed)
    train = records.rows_of("train")
    if len(train) > MOST_ROWS:
        train = np.sort(draw.choice(train, MOST_ROWS, replace=False))
    places = records.places
    alike = similarities(slots, features, counts, places[records.rows_of("train")])
    center = records.yields[train].mean()
    yields = records.yields[train] - center
    few = np.sort(draw.permutation(len(train))[:FIT_ROWS])
    at = places[train]
    noise, scale = fitted(gram(slots, alike, at[few], at[few]), yields[few])
    kernel = gram(slots, alike, at, at)
    kernel[np.diag_indices_from(kernel)] += noise
    factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
    across = gram(slots, alike, places[records.predicted], at)
    mean = center + across @ cho_solve(factor, yields, check_finite=False)
    explained = solve_triangular(factor[0], across.T, lower=True, check_finite=False)
    doubt = np.sqrt(scale * np.maximum(1 - (explained**2).sum(axis=0), 0))
    facts = {
        "noise": noise,
        "scale": scale,
        "kernels": {slots.roles[slot]: each[1] for slot, each in alike.items()},
    }
    return Predicted(mean, np.full(len(mean), np.sqrt(noise * scale)), doubt), facts


def similarities(
    slots: Slots, features: dict[str, Path], counts: np.ndarray, rows: np.ndarray
) -> dict[int, tuple[np.ndarray, list[str]]]:
    """By slot that differs between reactions: how alike the M molecules are (M, M), and by what it is said.

    The mean of: Tanimoto of ECFP4 counts times a Gaussian in descriptors (the published ones where they know all
    molecules); and, where all molecules share a ring, a Gaussian in which of its atoms are free, and one in what they
    bear.
    An empty slot is like an empty one and like no molecule.

    Args:
        counts: (M, B) of fingerprints.
        rows: of the training reactions, whose molecules set the widths of the Gaussians.
    """
    lent = published(slots, features) or {}
    found = {}
    for slot, role in enumerate(slots.roles):
        places = np.unique(slots.molecules[:, slot])
        if role == PRODUCT or len(places) < 2:
            continue
        known = places[places != NOTHING]
        seen = np.isin(known, slots.molecules[rows, slot])
        vectors = lent.get(slot, slots.descriptors)[known]
        parts = {"structure and descriptors": tanimoto(counts[known]) * gaussian(vectors, seen)}
        ring = _on_the_ring([parse(slots.smiles[place]) for place in known])
        if ring is not None:
            parts["free positions"] = gaussian(ring[:, :, 0], seen)
            parts["substituents"] = gaussian(ring.reshape(len(ring), -1), seen)
        whole = np.eye(len(slots.smiles))
        whole[np.ix_(known, known)] = np.mean(list(parts.values()), axis=0)
        found[slot] = whole, list(parts)
    return found


def _on_the_ring(mols: list[Chem.Mol]) -> np.ndarray | None:
    """(K, R, 6) what each of K molecules bears on the ring that they share; None where there is none."""
    rings = aligned(mols)
    if rings is None:
        return None
    return np.stack([positions(mol, ring) for mol, ring in zip(mols, rings, strict=True)])


def tanimoto(counts: np.ndarray) -> np.ndarray:
    """(K, K) sum of the smaller over sum of the larger of counts (K, B); two without any are alike."""
    found = np.ones((len(counts), len(counts)))
    for row, one in zip(found, counts, strict=True):
        larger = np.maximum(counts, one).sum(axis=1)
        row[:] = np.where(larger > 0, np.minimum(counts, one).sum(axis=1) / np.maximum(larger, 1), 1.0)
    return found


def gaussian(vectors: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(K, K) exp(-d^2 / 2 w) of vectors (K, ...) in units of their spread over the `seen` ones (K,), of which w is the
    median squared distance between two."""
    flat = vectors.reshape(len(vectors), -1).astype(np.float64)
    spread = flat[seen].std(axis=0)
    alive = spread > 1e-9 * np.maximum(1, np.abs(flat[seen]).max(axis=0, initial=0.0))
    units = flat[:, alive] / spread[alive]
    square = ((units[:, None] - units) ** 2).sum(axis=-1)
    pairs = square[np.ix_(seen, seen)][np.triu_indices(int(seen.sum()), 1)]
    width = float(np.median(pairs)) if len(pairs) else 0.0
    return np.exp(-square / (2 * width)) if width > 0 else (square == 0).astype(np.float64)


def gram(
    slots: Slots, alike: dict[int, tuple[np.ndarray, list[str]]], rows: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """(len(rows), len(columns)) similarity in (0, 1] of reactions of the data set, 1 of a reaction with itself."""
    found = np.ones((len(rows), len(columns)))
    for slot, (similar, _) in alike.items():
        one, other = slots.molecules[rows, slot], slots.molecules[columns, slot]
        part = similar[one][:, other]
        part[np.ix_(one == NOTHING, other != NOTHING)] = 0.0
        part[np.ix_(one != NOTHING, other == NOTHING)] = 0.0
        part[np.ix_(one == NOTHING, other == NOTHING)] = 1.0
        found *= (1 + part) / 2
    return found


def fitted(kernel: np.ndarray, yields: np.ndarray) -> tuple[float, float]:
    """The noise of greatest marginal likelihood, as a share of the variance of the process, and that variance.

    Args:
        kernel: (N, N) with ones on its diagonal. yields: (N,) of mean 0.
    """
    values, vectors = np.linalg.eigh(kernel)
    turned = (vectors.T @ yields) ** 2
    best, found = np.inf, (1.0, 1.0)
    for noise in NOISES:
        spread = np.maximum(values, 0) + noise
        scale = max(float(np.mean(turned / spread)), 1e-9)
        lost = len(yields) * np.log(scale) + float(np.log(spread).sum())
        if lost < best:
            best, found = lost, (float(noise), scale)
    return found
