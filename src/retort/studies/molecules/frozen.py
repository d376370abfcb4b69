"""What a frozen backbone knows: a linear probe and a vote of nearest neighbours on its vectors, nothing else learns.

The vote is that of DINO (Caron et al., arXiv 2104.14294): the k most similar training molecules by the cosine, each
weighted by exp(similarity / temperature). It has no parameters, and so shows the space as it is.
"""

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from retort.nn.backbone import Backbone
from retort.studies.molecules.data import CLASSIFICATION, Records, by_size
from retort.studies.molecules.finetune import Whole
from retort.studies.molecules.multitask import mean_auc, mean_rmse

EMBEDDED_AT_ONCE = 256
# Inverse strengths of the probe's penalty, the strongest first; validation chooses one for all labels.
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
QUERIES_AT_ONCE = 512


def vectors(backbone: Backbone, records: Records, whole: Whole) -> np.ndarray:
    """(N, W) float32 of all molecules of the records, without dropout."""
    backbone.eval()
    rows, embedded = np.arange(len(records)), np.empty((len(records), backbone.width), np.float32)
    with torch.no_grad():
        for some in by_size(records.texts, rows, EMBEDDED_AT_ONCE):
            embedded[some] = backbone(whole(rows[some])).float().cpu().numpy()
    return embedded


def standardised(embedded: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors (N, W) in units of the training rows' spread, and the center and scale (W,) that did it.

    A unit that is the same for all training molecules has said nothing; its scale is infinite, and it becomes zero.
    """
    embedded = embedded.astype(np.float64)
    center, spread = embedded[train].mean(axis=0), embedded[train].std(axis=0)
    alive = spread > 1e-6 * max(float(spread.max()), 1e-12)
    scale = np.where(alive, spread, np.inf)
    return (embedded - center) / scale, center, scale


def probe(features: np.ndarray, records: Records) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """One linear model a label: logistic regression, balanced, or ridge regression.

    Args:
        features: (N, W), in standard units.

    Returns:
        Values (N, T): probabilities or values in the label's unit; weights (T, W) and biases (T,) that give their
        logits or values; and the inverse strength that did best on valid. Where a label has one class in train, or
        fewer than two values, the prediction is a constant.
    """
    from scipy.special import expit  # here, because runs of other methods do not need it

    held = records.rows_of("valid")
    wanted = records.labels[held]
    _, scale = records.scaling()
    tried = []
    with threadpool_limits(1):  # sums over threads end in other last digits
        fitted = [_fit_label(features, records, label) for label in range(len(records.names))]
        for number, strength in enumerate(STRENGTHS):
            weights = np.stack([label[number][0] for label in fitted])
            biases = np.array([label[number][1] for label in fitted])
            values = features @ weights.T + biases
            if records.kind == CLASSIFICATION:
                area, _ = mean_auc(values[held], wanted)
                worth = 0.0 if area is None else area
                values = expit(values)
            else:
                error = mean_rmse(values[held] / scale, wanted / scale)
                worth = 0.0 if error is None else -error
            tried.append((worth, -number, values, weights, biases, strength))
    # Of equally good ones the strongest penalty.
    return max(tried, key=lambda one: one[:2])[2:]


def _fit_label(features: np.ndarray, records: Records, label: int) -> list[tuple[np.ndarray, float]]:
    """Weights (W,) and bias of one label at each strength."""
    # Here, because a second of import counts in runs of other methods that take ten.
    from sklearn.linear_model import LogisticRegression, Ridge

    rows, wanted = _known(records, label)
    nothing = np.zeros(features.shape[1])
    if records.kind == CLASSIFICATION:
        share = wanted.mean() if len(wanted) else 0.5
        if share in (0, 1) or not len(wanted):
            # The rule of succession: what one class alone tells, and a finite number.
            share = (wanted.sum() + 1) / (len(wanted) + 2)
            return [(nothing, float(np.log(share / (1 - share))))] * len(STRENGTHS)
        model, fitted = (
            LogisticRegression(class_weight="balanced", max_iter=300, tol=1e-3, warm_start=True),
            [],
        )
        for strength in STRENGTHS:
            model.set_params(C=strength).fit(features[rows], wanted.astype(int))
            fitted.append((model.coef_[0].copy(), float(model.intercept_[0])))
        return fitted
    center, scale = (some[label] for some in records.scaling())
    if len(wanted) < 2:
        return [(nothing, float(center))] * len(STRENGTHS)
    fitted = []
    for strength in STRENGTHS:
        model = Ridge(alpha=1 / strength).fit(features[rows], (wanted - center) / scale)
        fitted.append((scale * model.coef_, float(center + scale * model.intercept_)))
    return fitted


def nearest(
    features: np.ndarray, records: Records, asked: np.ndarray, *, neighbours: int, temperature: float
) -> np.ndarray:
    """Weighted vote (M, T) of the nearest training molecules for the rows `asked`.

    Of a label, only molecules on which it was measured vote; with fewer than `neighbours` of them all do. Without any,
    the vote is the middle: 0.5, or 0.

    Raises:
        ValueError: `neighbours` or `temperature` is not positive.
    """
    if neighbours < 1 or temperature <= 0:
        raise ValueError(
            f"{neighbours=}, {temperature=}, expected positive numbers. Hint: DINO has 20 and 0.07."
        )
    length = np.linalg.norm(features, axis=1, keepdims=True)
    unit = (features / np.where(length > 0, length, 1)).astype(np.float32)
    middle = 0.5 if records.kind == CLASSIFICATION else 0.0
    values = np.full((len(asked), len(records.names)), middle)
    known = [_known(records, label) for label in range(len(records.names))]
    train = records.rows_of("train")
    with threadpool_limits(1):
        for start in range(0, len(asked), QUERIES_AT_ONCE):
            some = slice(start, start + QUERIES_AT_ONCE)
            similar = unit[asked[some]] @ unit[train].T  # (M, train)
            for label, (rows, wanted) in enumerate(known):
                if not len(rows):
                    continue
                columns = similar[:, np.searchsorted(train, rows)]
                count = min(neighbours, len(rows))
                best = np.argpartition(-columns, count - 1, axis=1)[:, :count]
                close = np.take_along_axis(columns, best, axis=1).astype(np.float64)
                weights = np.exp((close - close.max(axis=1, keepdims=True)) / temperature)
                values[some, label] = (weights * wanted[best]).sum(axis=1) / weights.sum(axis=1)
    return values


def _known(records: Records, label: int) -> tuple[np.ndarray, np.ndarray]:
    """Training rows on which a label was measured, ascending, and its values there."""
    train = records.rows_of("train")
    wanted = records.labels[train, label]
    measured = np.isfinite(wanted)
    return train[measured], wanted[measured]
