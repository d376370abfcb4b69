"""What a run predicted of one part, beside the truth."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from retort.datasets.molecule_table import label_columns
from retort.studies.molecules.data import measured

# Metrics of the only head, or of the probe, bear their plain names.
SUFFIXES = {"": "", "probe": "", "knn": "_knn"}


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
