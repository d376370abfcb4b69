"""Several labels at once, of which any may be unmeasured: a loss, means over labels, and what validation reports."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from retort.statistics.ranking import roc_auc
from retort.studies.molecules.data import CLASSIFICATION


def masked_loss(output: Tensor, target: Tensor, kind: str) -> Tensor:
    """Mean over measured labels of the cross entropy, or of the squared error.

    Args:
        output: (M, T) logits, or values in standard units.
        target: (M, T), NaN where nothing was measured. Without any measured label the loss is zero.
    """
    known = ~target.isnan()
    # NaN must not enter the product: its gradient would be NaN even under a zero weight.
    filled = torch.where(known, target, torch.zeros_like(target))
    if kind == CLASSIFICATION:
        each = nn.functional.binary_cross_entropy_with_logits(output, filled, reduction="none")
    else:
        each = (output - filled) ** 2
    return (each * known).sum() / known.sum().clamp(min=1)


def mean_auc(values: np.ndarray, labels: np.ndarray) -> tuple[float | None, int]:
    """Mean ROC-AUC of values (N, T) over the labels (N, T) that have both classes, and their number.

    None where no label has both.
    """
    areas = []
    for label in range(labels.shape[1]):
        known = np.isfinite(labels[:, label])
        wanted = labels[known, label]
        if 0 < wanted.sum() < len(wanted):
            areas.append(roc_auc(values[known, label], wanted))
    return (float(np.mean(areas)) if areas else None), len(areas)


def mean_rmse(values: np.ndarray, labels: np.ndarray) -> float | None:
    """Mean over labels of the root-mean-square error; None where nothing was measured."""
    known = np.isfinite(labels)
    used = known.any(axis=0)
    if not used.any():
        return None
    squares = np.where(known, (values - np.where(known, labels, 0)) ** 2, 0)[:, used].sum(axis=0)
    return float(np.sqrt(squares / known[:, used].sum(axis=0)).mean())


@dataclass(frozen=True)
class Validation:
    """What is reported of a model on held-out molecules.

    Attributes:
        labels: (M, T) in standard units, NaN where nothing was measured.
        kind: `classification` or `regression`.
    """

    labels: np.ndarray
    kind: str

    @cached_property
    def select(self) -> str:
        """The term that chooses the model: `one-minus-auc` or `rmse`, in standard deviations of the training labels.

        Where no label has both classes, or none was measured, it is the loss, `target`.
        """
        if self.kind == CLASSIFICATION:
            ranked = mean_auc(np.zeros_like(self.labels), self.labels)[0] is not None
            return "one-minus-auc" if ranked else "target"
        return "rmse" if np.isfinite(self.labels).any() else "target"

    def terms(self, output: np.ndarray) -> dict[str, float]:
        """The loss `target` and the term `select` of an output (M, T) in double precision: logits, or values in
        standard units."""
        loss = masked_loss(torch.from_numpy(output), torch.from_numpy(self.labels), self.kind)
        terms = {"target": float(loss)}
        if self.select == "one-minus-auc" and (area := mean_auc(output, self.labels)[0]) is not None:
            terms["one-minus-auc"] = 1 - area
        if self.select == "rmse" and (error := mean_rmse(output, self.labels)) is not None:
            terms["rmse"] = error
        return terms
