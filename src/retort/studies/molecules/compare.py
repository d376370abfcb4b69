"""Two systems on the same test molecules: what each predicted, and the difference with its bootstrap interval."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from retort.datasets.molecule_table import label_columns
from retort.statistics.ranking import Difference, auc_bootstrap, rmse_bootstrap
from retort.studies.molecules.data import CLASSIFICATION, measured

# Metrics of the only head, or of the probe, bear their plain names.
SUFFIXES = {"": "", "probe": "", "knn": "_knn"}
BOOTSTRAP_SEED = 0  # one for all pairs: they share their resamples


@dataclass(frozen=True)
class Predicted:
    """What one head predicted of one part, and the truth.

    Attributes:
        ids: the N molecules, sorted.
        names: the T labels.
        values, labels: (N, T); labels are NaN where nothing was measured.
    """

    ids: list[str]
    names: tuple[str, ...]
    values: np.ndarray
    labels: np.ndarray


# What was predicted of test at one place, by variant, seed and the suffix of the head's metrics.
BySystem = Mapping[tuple[str, int, str], Predicted]


def heads(predictions: pl.DataFrame) -> list[str]:
    """The heads of a run, the first one first."""
    return [head for head in SUFFIXES if head in set(predictions["head"].unique())]


def align(predictions: pl.DataFrame, prepared: pl.DataFrame, part: str, head: str) -> Predicted:
    """Predictions of one head for one part as arrays, beside the labels of the prepared table.

    Raises:
        ValueError: a label is unknown, or was measured but not predicted.
    """
    names = tuple(label_columns(prepared))
    chosen = predictions.filter(part=part, head=head)
    # By hand rather than by a pivot: 27 labels of 40 thousand molecules are then one gather.
    ids = chosen["id"].unique().sort()
    values = np.full((len(ids), len(names)), np.nan)
    cells = chosen.select(
        row=pl.col("id").replace_strict(ids, pl.int_range(len(ids), eager=True), return_dtype=pl.Int64),
        label=pl.col("label").replace_strict(
            list(names), list(range(len(names))), default=-1, return_dtype=pl.Int64
        ),
        value="value",
    )
    if (cells["label"] < 0).any():
        unknown = chosen.filter(~pl.col("label").is_in(names))["label"][0]
        raise ValueError(
            f"label {unknown!r} is predicted, the data set has {', '.join(names)}. Hint: run the variant again."
        )
    values[cells["row"].to_numpy(), cells["label"].to_numpy()] = cells["value"].to_numpy()
    truth = ids.to_frame().join(prepared.select("id", *names), on="id", how="left", maintain_order="left")
    labels = measured(truth, names)
    missing = np.isnan(values) & ~np.isnan(labels)
    if missing.any():
        row, label = np.argwhere(missing)[0]
        raise ValueError(
            f"{names[label]} of {ids[int(row)]} was measured but not predicted. Hint: run the variant again."
        )
    return Predicted(ids.to_list(), names, values, labels)


def compare(predicted: BySystem, kind: str, pairs: Sequence[tuple[str, str]]) -> Iterator[tuple]:
    """The pairs (variant, reference) of which both are there, each by every head of the variant.

    A reference with a single head, such as the forest, is held against both heads of a frozen backbone.

    Yields:
        `variant, reference, metric, difference, low, high, n_items, n_seeds, resamples, lost`.
    """
    for variant, reference in pairs:
        for suffix in dict.fromkeys(SUFFIXES.values()):
            ours = _seeds(predicted, variant, suffix)
            theirs = _seeds(predicted, reference, suffix) or _seeds(predicted, reference, "")
            shared = shared_seeds(sorted(ours), sorted(theirs))
            if shared is None:
                continue
            one = difference([ours[s] for s in shared[0]], [theirs[s] for s in shared[1]], kind)
            if one is not None:
                metric = ("roc_auc" if kind == CLASSIFICATION else "rmse") + suffix
                point = (one.difference, one.low, one.high, one.n_items)
                yield variant, reference, metric, *point, max(map(len, shared)), one.resamples, one.lost


def _seeds(predicted: BySystem, variant: str, suffix: str) -> dict[int, Predicted]:
    return {seed: one for (name, seed, head), one in predicted.items() if (name, head) == (variant, suffix)}


def shared_seeds(ours: list[int], theirs: list[int]) -> tuple[list[int], list[int]] | None:
    """The seeds of both sides that are compared: those that both have, or all where one side has a single one."""
    if not ours or not theirs:
        return None
    if len(ours) == 1 or len(theirs) == 1:
        return ours, theirs
    both = sorted(set(ours) & set(theirs))
    return (both, both) if both else None


def difference(ours: Sequence[Predicted], theirs: Sequence[Predicted], kind: str) -> Difference | None:
    """Ours minus theirs over test molecules; None where nothing can be scored.

    Raises:
        ValueError: the two predicted different molecules.
    """
    first = ours[0]
    if any(other.ids != first.ids for other in [*ours, *theirs]):
        raise ValueError("two systems of one split predicted different molecules. Hint: run both again.")
    values, reference = (np.stack([one.values for one in side]) for side in (ours, theirs))
    labels = first.labels
    if kind == CLASSIFICATION:
        if not any({0.0, 1.0} <= set(column) for column in labels.T):
            return None
        return auc_bootstrap(values, reference, labels, seed=BOOTSTRAP_SEED)
    return (
        rmse_bootstrap(values, reference, labels, seed=BOOTSTRAP_SEED) if np.isfinite(labels).any() else None
    )
