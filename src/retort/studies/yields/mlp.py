"""A plain network on computed descriptors of all components, role by role; sigma from passes with dropout."""

from dataclasses import replace

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from retort.runs import RunInputs
from retort.studies.yields.data import Predicted, Records
from retort.studies.yields.finetune import CLIP, ORDER, passes
from retort.studies.yields.tabular import table
from retort.studies.yields.watched import Watched
from retort.training.batches import EvenBatches
from retort.training.loop import Budget, Descent, fit
from retort.training.optimisation import Schedule, clipped_adamw, warmed_up
from retort.training.run import RunContext

FARTHEST = 5.0  # a number further from the mean of train counts as so many standard deviations


def run(
    records: Records, inputs: RunInputs, chosen: dict, context: RunContext
) -> tuple[Predicted, dict[str, Tensor], dict, pl.DataFrame]:
    """Train for a number of steps that is fixed beforehand, predict valid and test.

    Means are those without dropout, sigma is the spread of `passes` with it.
    """
    train, asked = records.rows_of("train"), records.predicted
    columns = torch.from_numpy(scaled(table(inputs.features, "computed")[records.places], train))
    center, scale = records.scaling()
    targets = torch.from_numpy(((records.yields - center) / scale).astype(np.float32))
    model = network(columns.shape[1], chosen["hidden"], chosen["dropout"])
    watched = Watched(model, records).to(context.device)
    batches = EvenBatches(train, chosen["batch"], [context.seed, ORDER])
    epochs = chosen["epochs"] * batches.steps_per_epoch
    steps = max(min(epochs, chosen["most_steps"]), chosen["least_steps"])

    def batch(step: int) -> tuple[Tensor, Tensor]:
        rows = batches(step)
        return columns[rows].to(context.device), targets[rows].to(context.device)

    def loss(watched: Watched[nn.Sequential], batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        error = nn.functional.mse_loss(watched.model(batch[0])[:, 0], batch[1])
        return {"squared_error": error, "total": error}

    def means(watched: Watched[nn.Sequential]) -> Tensor:
        return center + scale * watched.model(columns[asked].to(context.device))[:, 0].double()

    optimizer = clipped_adamw(watched, chosen["learning_rate"], chosen["weight_decay"], CLIP)
    schedule = Schedule(
        optimizer,
        lambda step: warmed_up(step, steps, chosen["learning_rate"], chosen["warmup"]),
        lambda step: chosen["weight_decay"],
    )
    trained = fit(
        model=watched,
        loss=loss,
        batch=batch,
        validate=lambda watched: watched.note(means(watched)),
        descent=Descent(optimizer, schedule),
        budget=Budget.of(steps, chosen["evaluations"]),
        select=None,
        context=context,
    )
    with torch.no_grad():
        predicted = Predicted(means(watched).cpu().numpy())
        if chosen["passes"] > 1:
            said = passes(watched, lambda: means(watched), chosen["passes"], context.seed)
            predicted = replace(predicted, epistemic=said.std(dim=0).cpu().numpy())
    at_valid, at_test = watched.means.cpu().numpy()
    weights = {name: value.detach() for name, value in model.state_dict().items()}
    facts = trained.facts | {"center": center, "scale": scale, "columns": columns.shape[1]}
    return replace(predicted, chosen=at_valid, peeked=at_test), weights, facts, trained.history


def scaled(columns: np.ndarray, train: np.ndarray) -> np.ndarray:
    """(N, W) float32 in units of the spread over the training rows, cut off at `FARTHEST`; constant columns are 0."""
    center, spread = columns[train].mean(axis=0), columns[train].std(axis=0)
    alive = spread > 1e-9 * np.maximum(1, np.abs(center))
    standard = np.where(alive, (columns - center) / np.where(alive, spread, 1), 0)
    return np.clip(standard, -FARTHEST, FARTHEST).astype(np.float32)


def network(width: int, hidden: list[int], dropout: float) -> nn.Sequential:
    """Linear layers with ReLU and dropout between them, then one number."""
    layers: list[nn.Module] = []
    for before, after in zip([width, *hidden[:-1]], hidden, strict=True):
        layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(hidden[-1], 1))
