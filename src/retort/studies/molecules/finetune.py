"""Supervised training of a backbone, pre-trained or not: a small head on top, and all of it learns the labels."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from retort.nn.backbone import Backbone
from retort.studies.molecules.data import CLASSIFICATION, Records, by_size
from retort.studies.molecules.multitask import Validation, masked_loss
from retort.training.batches import EvenBatches
from retort.training.loop import Budget, Descent, Fit, fit
from retort.training.run import RunContext

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

    center: Tensor
    scale: Tensor

    def __init__(
        self, backbone: Backbone, center: np.ndarray, scale: np.ndarray, hidden: int, dropout: float
    ):
        super().__init__()
        self.backbone = backbone
        layers = [nn.Linear(backbone.width, hidden), nn.GELU(), nn.Dropout(dropout)] if hidden else []
        self.head = nn.Sequential(
            nn.Dropout(dropout), *layers, nn.Linear(hidden or backbone.width, len(center))
        )
        self.register_buffer("center", torch.as_tensor(center, dtype=torch.float64))
        self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float64))

    def forward(self, batch: object) -> Tensor:
        """(molecules, T) logits, or values in standard units."""
        return self.head(self.backbone(batch))

    def values(self, batch: object, kind: str) -> Tensor:
        """(molecules, T) float64 probabilities, or values in the labels' units."""
        output = self(batch).double()
        # In double precision: rounded to 1, sure predictions would tie.
        return output.sigmoid() if kind == CLASSIFICATION else self.center + self.scale * output


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
    backbone: Backbone,
    records: Records,
    whole: Whole,
    settings: dict,
    context: RunContext,
    *,
    pretrained: bool,
) -> tuple[Predictor, Fit]:
    """Train backbone and head on the labels of train; the best epoch is that of the best mean on valid.

    Args:
        whole: `whole(rows, rng=None)` gives the batch of molecules, on the device. With `rng`, in training, their
            strings may be written anew.
        settings: of the run; `finetuning` and, for strings, `smiles.randomised`.
        pretrained: an untrained backbone learns at the head's rate, unless `untrained_at_head_rate` is false.

    Validation terms are those of `Validation`.
    """
    training, kind = settings["finetuning"], records.kind
    center, scale = records.scaling()
    train, held = records.rows_of("train"), records.rows_of("valid")
    model = Predictor(backbone, center, scale, training["head"], training["dropout"]).to(context.device)
    labels = torch.from_numpy(((records.labels - center) / scale).astype(np.float32))
    batches = EvenBatches(train, training["batch"], context.seed)
    steps = steps_of(training, len(train))
    randomised = settings["backbone"] == "smiles" and settings["smiles"]["randomised"]

    def batch(step: int) -> tuple[object, Tensor]:
        rows = batches(step)
        rng = np.random.default_rng([context.seed, step, 1]) if randomised else None
        return whole(rows, rng), labels[rows].to(context.device)

    def loss(model: Predictor, batch: tuple[object, Tensor]) -> dict[str, Tensor]:
        molecules, target = batch
        error = masked_loss(model(molecules), target, kind)
        return {"target": error, "total": error}

    validation = Validation((records.labels[held] - center) / scale, kind)

    fixed = [(some, whole(held[some])) for some in by_size(records.texts, held, PREDICTED_AT_ONCE)]

    def validate(model: Predictor) -> dict[str, float]:
        output = np.empty_like(validation.labels)
        for some, molecules in fixed:
            output[some] = model(molecules).double().cpu().numpy()
        return validation.terms(output)

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
    trained = fit(
        model=model,
        loss=loss,
        batch=batch,
        validate=validate,
        descent=Descent(optimizer, schedule),
        budget=Budget.of(steps, training["evaluations"]),
        select=validation.select,
        context=context,
    )
    return model, trained
