"""Two systems on the same test molecules: what each said, and the difference with its bootstrap interval."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from retort.datasets.molecule_table import label_columns
from retort.statistics.ranking import Difference, auc_bootstrap, rmse_bootstrap
from retort.studies.molecules.data import CLASSIFICATION, measured

FOREST = "forest"
# Metrics of the only head, or of the probe, bear their plain names.
SUFFIXES = {"": "", "probe": "", "knn": "_knn"}
BOOTSTRAP_SEED = 0  # one for all pairs: they share their resamples


@dataclass(frozen=True)
class Told:
    """What one head said of one part, and the truth.

    Attributes:
        ids: the N molecules, sorted.
        names: the T labels.
        values, labels: (N, T); labels are NaN where nothing was measured.
    """

    ids: list[str]
    names: tuple[str, ...]
    values: np.ndarray
    labels: np.ndarray


def heads(predictions: pl.DataFrame) -> list[str]:
    """The heads of a run, the first one first."""
    return [head for head in SUFFIXES if head in set(predictions["head"].unique())]


def align(predictions: pl.DataFrame, prepared: pl.DataFrame, part: str, head: str) -> Told:
    """Predictions of one head for one part as arrays, beside the labels of the prepared table."""
    names = tuple(label_columns(prepared))
    some = predictions.filter(part=part, head=head)
    # By hand rather than by a pivot: 27 labels of 40 thousand molecules are then one gather.
    ids = some["id"].unique().sort()
    values = np.full((len(ids), len(names)), np.nan)
    told = some.select(
        row=pl.col("id").replace_strict(ids, pl.int_range(len(ids), eager=True), return_dtype=pl.Int64),
        label=pl.col("label").replace_strict(
            list(names), list(range(len(names))), default=-1, return_dtype=pl.Int64
        ),
        value="value",
    )
    if (told["label"] < 0).any():
        unknown = some.filter(~pl.col("label").is_in(names))["label"][0]
        raise ValueError(
            f"label {unknown!r} is predicted, the data set has {', '.join(names)}. Hint: run the variant again."
        )
    values[told["row"].to_numpy(), told["label"].to_numpy()] = told["value"].to_numpy()
    truth = ids.to_frame().join(prepared.select("id", *names), on="id", how="left", maintain_order="left")
    labels = measured(truth, names)
    missing = np.isnan(values) & ~np.isnan(labels)
    if missing.any():
        row, label = np.argwhere(missing)[0]
        raise ValueError(
            f"{names[label]} of {ids[int(row)]} was measured but not predicted. Hint: run the variant again."
        )
    return Told(ids.to_list(), names, values, labels)


def compare(
    told: Mapping[tuple[str, int, str], Told], kind: str, pairs: Sequence[tuple[str, str]]
) -> Iterator[tuple]:
    """Every system of one place against the forest, and the `pairs` (system, reference) of those that are there.

    Args:
        told: what each variant, seed and suffix of a head said of test.

    Yields:
        `variant, reference, metric, difference, low, high, n_items, n_seeds, resamples, lost`.
    """
    variants = list(dict.fromkeys(variant for variant, _, _ in told))
    against = [(variant, FOREST) for variant in variants if variant != FOREST]
    for variant, reference in [*against, *pairs]:
        for suffix in dict.fromkeys(SUFFIXES.values()):
            # The forest has one head, against which both heads of a frozen backbone are held.
            theirs_suffix = "" if reference == FOREST else suffix
            ours = {
                seed: one for (name, seed, head), one in told.items() if (name, head) == (variant, suffix)
            }
            theirs = {
                seed: one
                for (name, seed, head), one in told.items()
                if (name, head) == (reference, theirs_suffix)
            }
            shared = shared_seeds(sorted(ours), sorted(theirs))
            if shared is None:
                continue
            found = difference([ours[s] for s in shared[0]], [theirs[s] for s in shared[1]], kind)
            if found is not None:
                metric = ("roc_auc" if kind == CLASSIFICATION else "rmse") + suffix
                point = (found.difference, found.low, found.high, found.n_items)
                yield variant, reference, metric, *point, max(map(len, shared)), found.resamples, found.lost


def shared_seeds(ours: list[int], theirs: list[int]) -> tuple[list[int], list[int]] | None:
    """The seeds of both sides that are compared: those that both have, or all where one side has a single one."""
    if not ours or not theirs:
        return None
    if len(ours) == 1 or len(theirs) == 1:
        return ours, theirs
    both = sorted(set(ours) & set(theirs))
    return (both, both) if both else None


def difference(ours: Sequence[Told], theirs: Sequence[Told], kind: str) -> Difference | None:
    """Ours minus theirs over test molecules; None where nothing can be scored.

    Raises:
        ValueError: the two predicted different molecules.
    """
    first = ours[0]
    if any(other.ids != first.ids for other in [*ours, *theirs]):
        raise ValueError("two systems of one split predicted different molecules. Hint: run both again.")
    values = [np.stack([one.values for one in side]) for side in (ours, theirs)]
    labels = first.labels
    if kind == CLASSIFICATION:
        if not any({0.0, 1.0} <= set(column) for column in labels.T):
            return None
        return auc_bootstrap(*values, labels, seed=BOOTSTRAP_SEED)
    return rmse_bootstrap(*values, labels, seed=BOOTSTRAP_SEED) if np.isfinite(labels).any() else None
