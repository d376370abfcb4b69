"""From vectors to a property: ridge regression, the perceptron of the source, boosted trees, and the median."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from retort.studies.discovery.data import GAP, possible
from retort.training.batches import MixedBatches
from retort.training.loop import Budget, Descent, fit
from retort.training.run import HISTORY_SCHEMA, RunContext


@dataclass(frozen=True)
class Task:
    """One regression: rows with labels to learn from, rows to choose on.

    Attributes:
        columns: (N, W) float64.
        labels: (N,) float64, NaN where they are not to be seen.
        train, held: row numbers.
        target: the property, which may have a bound.
    """

    columns: np.ndarray
    labels: np.ndarray
    train: np.ndarray
    held: np.ndarray
    target: str

    def error(self, values: np.ndarray) -> float:
        """The mean absolute error of predictions (H,) of the held rows."""
        return float(np.abs(possible(values, self.target) - self.labels[self.held]).mean())


@dataclass(frozen=True)
class Fitted:
    """Predictions of all rows, (N,) in the property's unit, and what a run keeps of how they were made."""

    values: np.ndarray
    model: dict[str, Tensor] = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    history: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HISTORY_SCHEMA))


def predict(kind: str, task: Task, settings: dict, context: RunContext) -> Fitted:
    """Learn the training rows and predict all, with the head `ridge`, `mlp` or `boosting`.

    Raises:
        ValueError: an unknown head.
    """
    heads: dict[str, Callable[[Task, dict, RunContext], Fitted]] = {
        "ridge": ridge,
        "mlp": perceptron,
        "boosting": boosting,
    }
    if kind not in heads:
        raise ValueError(
            f"head {kind!r}, expected one of {', '.join(heads)}. Hint: see settings.schema.yaml."
        )
    fitted = heads[kind](task, settings[kind], context)
    return Fitted(possible(fitted.values, task.target), fitted.model, fitted.facts, fitted.history)


def median(task: Task) -> Fitted:
    """The median of the training labels for every row."""
    return Fitted(np.full(len(task.columns), np.median(task.labels[task.train])))


def ridge(task: Task, settings: dict, context: RunContext) -> Fitted:
    """Ridge regression; of the `penalties`, in units of the number of training rows, the held rows choose one."""
    with threadpool_limits(1):  # sums over threads end in other last digits
        train = task.columns[task.train]
        center, level = train.mean(axis=0), task.labels[task.train].mean()
        left, lengths, right = np.linalg.svd(train - center, full_matrices=False)
        projected = left.T @ (task.labels[task.train] - level)
        tried = []
        for penalty in settings["penalties"]:
            weights = right.T @ (lengths / (lengths**2 + penalty * len(train)) * projected)
            error = task.error((task.columns[task.held] - center) @ weights + level)
            tried.append((error, penalty, weights))
        error, penalty, weights = min(tried, key=lambda each: each[0])
        values = (task.columns - center) @ weights + level
    model = {"weights": weights, "center": center, "level": np.array(level)}
    return Fitted(
        values,
        {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in model.items()},
        {"penalty": penalty, "best_mae": error, "columns": train.shape[1]},
    )


def boosting(task: Task, settings: dict, context: RunContext) -> Fitted:
    """Boosted trees; the held rows choose how many of them are used.

    They descend the absolute error, which is what is scored; of band gaps the squared one: where most labels are zero
    the absolute error never leaves the median (0.470 eV instead of 0.197, all labels).
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    trees = HistGradientBoostingRegressor(
        loss="squared_error" if task.target == GAP else "absolute_error",
        max_iter=settings["trees"],
        learning_rate=settings["learning_rate"],
        max_leaf_nodes=settings["leaves"],
        min_samples_leaf=settings["leaf"],
        early_stopping=False,
        random_state=0,
    )
    with threadpool_limits(1):
        trees.fit(task.columns[task.train], task.labels[task.train])
        errors = [task.error(values) for values in trees.staged_predict(task.columns[task.held])]
        best = int(np.argmin(errors))
        for stage, values in enumerate(trees.staged_predict(task.columns)):
            if stage == best:
                return Fitted(values, facts={"trees": best + 1, "best_mae": errors[best]})
    raise ValueError(f"trees={settings['trees']}: no tree was grown. Hint: ask for one at least.")


def perceptron(task: Task, settings: dict, context: RunContext) -> Fitted:
    """The head of the source: linear layers with ReLU, the absolute error, the step that is best on the held rows."""
    # Blocks come with a total variance of one; a network wants columns of about that.
    columns = torch.from_numpy((task.columns * np.sqrt(task.columns.shape[1])).astype(np.float32))
    known = task.labels[task.train]
    center, scale = float(np.median(known)), float(known.std()) or 1.0
    targets = torch.from_numpy(((task.labels - center) / scale).astype(np.float32))
    model = network(columns.shape[1], settings["hidden"], settings["dropout"]).to(context.device)
    batches = MixedBatches(task.train, min(settings["batch"], len(task.train)), context.seed)

    def batch(step: int) -> tuple[Tensor, Tensor]:
        rows = torch.from_numpy(batches(step))
        return columns[rows].to(context.device), targets[rows].to(context.device)

    def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        error = nn.functional.l1_loss(model(batch[0])[:, 0], batch[1])
        return {"target": error, "total": error}

    def values(model: nn.Module, rows: np.ndarray) -> np.ndarray:
        said = model(columns[torch.from_numpy(rows)].to(context.device))[:, 0]
        return center + scale * said.cpu().numpy().astype(np.float64)

    trained = fit(
        model=model,
        loss=loss,
        batch=batch,
        validate=lambda model: {"mae": task.error(values(model, task.held))},
        descent=one_cycle(model, settings),
        budget=Budget.of(settings["steps"], settings["evaluations"]),
        select="mae",
        context=context,
    )
    with torch.no_grad():
        predicted = values(model, np.arange(len(task.columns)))
    scaling = {"center": torch.tensor(center), "scale": torch.tensor(scale)}
    return Fitted(predicted, trained.best | scaling, trained.facts, trained.history)


def network(width: int, hidden: list[int], dropout: float) -> nn.Sequential:
    """Linear layers with ReLU and dropout between them, then one number."""
    layers: list[nn.Module] = []
    for before, after in zip([width, *hidden[:-1]], hidden, strict=True):
        layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(hidden[-1], 1))


def one_cycle(model: nn.Module, settings: dict) -> Descent:
    """Adam with decoupled decay whose rate rises to `learning_rate` and falls to nothing over `steps` steps."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"], fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        settings["learning_rate"],
        total_steps=settings["steps"],
        pct_start=0.3,
        cycle_momentum=False,
    )
    return Descent(optimizer, schedule)
