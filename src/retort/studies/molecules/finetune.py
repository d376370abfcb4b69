"""Supervised training of a backbone, pre-trained or not: a small head on top, and all of it learns the labels."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from retort.statistics.ranking import roc_auc
from retort.studies.molecules.data import CLASSIFICATION, Batches, Records, by_size
from retort.training.loop import Budget, Fit, fit

PREDICTED_AT_ONCE = 256
LEAST_STEPS = 100
WARMUP = 0.1  # share of the steps over which the rates rise

# A batch of the molecules `rows` of the records, as the backbone reads it; with a generator, as randomised strings.
Whole = Callable[..., object]


class Predictor(nn.Module):
    """A backbone and a head with one hidden layer; both share the scale of their labels.

    Args:
        backbone: gives (molecules, `backbone.width`).
        center, scale: (T,) of the labels; the head works in standard units.
        hidden: width of the head's layer; 0 makes the head linear.
    """

    def __init__(
        self, backbone: nn.Module, center: np.ndarray, scale: np.ndarray, hidden: int, dropout: float
    ):
        super().__init__()
        self.backbone = backbone
        layers = [nn.Linear(backbone.width, hidden), nn.GELU(), nn.Dropout(dropout)] if hidden else []
        self.head = nn.Sequential(
            nn.Dropout(dropout), *layers, nn.Linear(hidden or backbone.width, len(center))
        )
        self.register_buffer("center", torch.as_tensor(center, dtype=torch.float64))
        self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float64))

    def forward(self, batch) -> Tensor:
        """(molecules, T) logits, or values in standard units."""
        return self.head(self.backbone(batch))

    def values(self, batch, kind: str) -> Tensor:
        """(molecules, T) float64 probabilities, or values in the labels' units."""
        said = self(batch).double()
        # In double precision: rounded to 1, sure predictions would tie.
        return said.sigmoid() if kind == CLASSIFICATION else self.center + self.scale * said


def masked_loss(said: Tensor, wanted: Tensor, kind: str) -> Tensor:
    """Mean over measured labels of the cross entropy, or of the squared error.

    Args:
        said: (M, T) logits, or values in standard units.
        wanted: (M, T), NaN where nothing was measured. Without any measured label the loss is zero.
    """
    known = ~wanted.isnan()
    # NaN must not enter the product: its gradient would be NaN even under a zero weight.
    filled = torch.where(known, wanted, torch.zeros_like(wanted))
    if kind == CLASSIFICATION:
        each = nn.functional.binary_cross_entropy_with_logits(said, filled, reduction="none")
    else:
        each = (said - filled) ** 2
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


def predict(model: Predictor, records: Records, whole: Whole, rows: np.ndarray) -> np.ndarray:
    """Values (M, T) of the molecules `rows`; the model is left in `eval()` mode."""
    model.eval()
    values = np.empty((len(rows), len(records.names)))
    with torch.no_grad():
        for some in by_size(records.texts, rows, PREDICTED_AT_ONCE):
            values[some] = model.values(whole(rows[some]), records.kind).cpu().numpy()
    return values


def steps_of(training: dict, rows: int) -> int:
    """How many steps: so many epochs, but no more than `most_steps`, and no fewer than `least_steps`."""
    epochs = training["epochs"] * math.ceil(rows / training["batch"])
    return max(min(epochs, training["most_steps"]), training.get("least_steps", LEAST_STEPS))


def rate(step: int, steps: int) -> float:
    """Share of the highest rate at a step: a linear rise over the first tenth, then a cosine down to nothing."""
    warmup = max(1, round(WARMUP * steps))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def tune(
    backbone: nn.Module,
    records: Records,
    whole: Whole,
    settings: dict,
    *,
    seed: int,
    device: torch.device,
    folder: Path,
    fingerprint: str,
    pretrained: bool,
    progress: bool = True,
) -> tuple[Predictor, Fit]:
    """Train backbone and head on the labels of train; the best epoch is that of the best mean on valid.

    Args:
        whole: `whole(rows, rng=None)` gives the batch of molecules, on the device. With `rng`, in training, their
            strings may be written anew.
        settings: of the run; `finetuning` and, for strings, `smiles.randomised`.
        pretrained: an untrained backbone learns at the head's rate, unless `untrained_at_head_rate` is false.

    Validation terms are `target` (the loss) and `one-minus-auc` or `rmse` (in standard deviations of the training
    labels); where no label of valid has both classes, the loss chooses the epoch.
    """
    training, kind = settings["finetuning"], records.kind
    center, scale = records.scaling()
    train, held = records.rows_of("train"), records.rows_of("valid")
    model = Predictor(backbone, center, scale, training["head"], training["dropout"]).to(device)
    labels = torch.from_numpy(((records.labels - center) / scale).astype(np.float32))
    batches = Batches(train, training["batch"], seed)
    steps = steps_of(training, len(train))
    randomised = settings["backbone"] == "smiles" and settings["smiles"]["randomised"]

    def batch(step: int) -> tuple[object, Tensor]:
        rows = batches(step)
        rng = np.random.default_rng([seed, step, 1]) if randomised else None
        return whole(rows, rng), labels[rows].to(device)

    def loss(model: Predictor, batch: tuple[object, Tensor]) -> dict[str, Tensor]:
        molecules, wanted = batch
        error = masked_loss(model(molecules), wanted, kind)
        return {"target": error, "total": error}

    wanted = (records.labels[held] - center) / scale
    ranked = kind == CLASSIFICATION and mean_auc(np.zeros_like(wanted), wanted)[0] is not None
    chosen_by = {CLASSIFICATION: "one-minus-auc" if ranked else "target"}.get(kind, "rmse")

    def validate(model: Predictor) -> dict[str, float]:
        logits = np.empty_like(wanted)
        for some in by_size(records.texts, held, PREDICTED_AT_ONCE):
            logits[some] = model(whole(held[some])).double().cpu().numpy()
        terms = {"target": float(masked_loss(torch.from_numpy(logits), torch.from_numpy(wanted), kind))}
        if ranked:
            terms["one-minus-auc"] = 1 - mean_auc(logits, wanted)[0]
        if chosen_by == "rmse":
            error = mean_rmse(logits, wanted)
            terms["rmse"] = terms["target"] if error is None else error
        return terms

    head_rate = training["learning_rate"]
    at_head_rate = not pretrained and training.get("untrained_at_head_rate", True)
    groups = [
        {
            "params": list(model.backbone.parameters()),
            "lr": head_rate if at_head_rate else training["encoder_rate"],
        },
        {"params": list(model.head.parameters()), "lr": head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, lr=head_rate, weight_decay=training["weight_decay"], fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps))
    budget = Budget(steps, math.ceil(steps / training["evaluations"]), max(1, steps // 40))
    trained = fit(
        model=model,
        loss=loss,
        batch=batch,
        validate=validate,
        optimizer=optimizer,
        schedule=schedule,
        budget=budget,
        select=chosen_by,
        folder=folder,
        fingerprint=fingerprint,
        progress=progress,
    )
    return model, trained
