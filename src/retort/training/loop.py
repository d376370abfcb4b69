"""The training loop of every study.

It counts in steps, evaluates before the first and after every `evaluate_every`-th, keeps the best model, stops
when patience is spent, and can be killed at any moment: the next call goes on from the last checkpoint and ends
with the same bytes.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

import polars as pl
import torch
from torch import Tensor

from retort.training import checkpoint
from retort.training.progress import Progress
from retort.training.run import HISTORY_SCHEMA, RunContext

Model = TypeVar("Model", bound=torch.nn.Module)
Batch = TypeVar("Batch")

LOGS = 40  # points of a training curve


class TrainingError(RuntimeError):
    """Training cannot go on: the message says at which step, on which term, and what to try."""


@dataclass(frozen=True)
class Budget:
    """How long to train.

    Args:
        steps: optimiser steps at most.
        evaluate_every: steps between two validations; one such stretch is an "epoch" in the figures.
        log_every: steps over which the training terms are averaged for the history.
        patience: validations without improvement before stopping; None never stops early.
        checkpoint_seconds: wall time between two checkpoints.
    """

    steps: int
    evaluate_every: int
    log_every: int
    patience: int | None = None
    checkpoint_seconds: float = 20.0

    def __post_init__(self) -> None:
        for name in ("steps", "evaluate_every", "log_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"Budget.{name}={getattr(self, name)}, expected a positive number of steps")

    @classmethod
    def of(cls, steps: int, evaluations: int, logs: int = LOGS) -> "Budget":
        """So many steps with so many validations, evenly apart, and so many points of the training curve."""
        return cls(steps, math.ceil(steps / evaluations), max(1, steps // logs))


@dataclass(frozen=True)
class Descent:
    """How weights follow the gradient: torch's optimiser, and its schedule, which steps once per optimiser step."""

    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler | None = None


@dataclass(frozen=True)
class Fit:
    """A finished training.

    `history` has the columns of `HISTORY_SCHEMA`; `best` is the state dict of the best validation, `last` that of the
    last step; `facts` are for run.json.
    """

    history: pl.DataFrame
    best: dict[str, Tensor]
    last: dict[str, Tensor]
    best_step: int
    steps: int
    facts: dict


def fit(
    *,
    model: Model,
    loss: Callable[[Model, Batch], dict[str, Tensor]],
    batch: Callable[[int], Batch],
    validate: Callable[[Model], dict[str, float]],
    descent: Descent,
    budget: Budget,
    select: str | None,
    context: RunContext,
) -> Fit:
    """Train `model` and leave it holding its best weights.

    Args:
        model: trained in place; whatever is learned, task weights included, must be one of its parameters.
        loss: terms of the loss of one batch as scalars; `total` is the one descended, all are recorded.
        batch: the batch of step 0, 1, ...; a pure function of the step, so that a resumed run needs no sampler state.
        validate: validation terms of the model, which is in `eval()` mode and under `no_grad`.
        descent: the optimiser and its schedule.
        select: the validation term to minimise; None keeps the last model, for losses that say nothing of its worth.
            The model of step 0 is validated but never chosen: on a small validation part a random head may do best
            by luck, and what is reported as trained must have been.
        context: of the run; `checkpoint.safetensors` is kept in its folder while training runs.

    Raises:
        TrainingError: a term became NaN or infinite.
        KeyError: `select` is not among the validation terms.
    """
    optimizer, schedule = descent.optimizer, descent.schedule
    path = context.folder / "checkpoint.safetensors"
    start, rows, seconds, waited, best_step, best_value = 0, [], 0.0, 0, 0, math.inf
    sums: dict[str, float | Tensor] = {}
    saved = checkpoint.read(path, context.fingerprint)
    if saved is not None:
        model.load_state_dict(saved.model)
        optimizer.load_state_dict(saved.optimizer)
        if schedule is not None and saved.schedule is not None:
            schedule.load_state_dict(saved.schedule)
        start, best, notes = saved.step, saved.best, saved.notes
        rows, seconds, waited, sums = notes["rows"], notes["seconds"], notes["waited"], notes["sums"]
        best_step = notes["best_step"]
        best_value = math.inf if notes["best_value"] is None else notes["best_value"]
    else:
        best = _state(model)

    def evaluate(step: int) -> None:
        nonlocal best, best_step, best_value, waited
        model.eval()
        with torch.no_grad():
            terms = validate(model)
        model.train()
        if select is not None and select not in terms:
            raise KeyError(f"validation gave {sorted(terms)}, but the model is selected on {select!r}")
        _check_finite(terms, step, "validation")
        rows.extend([step, "valid", name, float(value)] for name, value in terms.items())
        if select is None:
            best, best_step = _state(model), step
        elif step > 0 and terms[select] < best_value:
            best, best_step, best_value, waited = _state(model), step, float(terms[select]), 0
        elif step > 0:
            waited += 1

    def save(step: int) -> None:
        notes = {
            "rows": rows,
            "seconds": seconds + time.perf_counter() - began,
            "waited": waited,
            "sums": {name: float(value) for name, value in sums.items()},
            "best_step": best_step,
            "best_value": best_value if math.isfinite(best_value) else None,
        }
        schedule_state = schedule.state_dict() if schedule is not None else None
        state = checkpoint.Checkpoint(
            step, _state(model), best, optimizer.state_dict(), schedule_state, notes
        )
        checkpoint.write(path, state, context.fingerprint)

    context.folder.mkdir(parents=True, exist_ok=True)
    began = last_saved = time.perf_counter()
    model.train()
    if start == 0:
        evaluate(0)
    step = start
    with Progress(budget.steps, start, shown=context.progress) as progress:
        while step < budget.steps and (budget.patience is None or waited < budget.patience):
            optimizer.zero_grad(set_to_none=True)
            terms = loss(model, batch(step))
            terms["total"].backward()
            optimizer.step()
            if schedule is not None:
                schedule.step()
            step += 1
            for name, value in terms.items():
                # Summed where it was computed, in double precision: no step waits for the device.
                sums[name] = sums.get(name, 0.0) + value.detach().double()
            if step % budget.log_every == 0:
                means = {name: float(value) / budget.log_every for name, value in sums.items()}
                _check_finite(means, step, "training")
                rows.extend([step, "train", name, value] for name, value in means.items())
                sums = {}
                shown = select if select in means else "total"
                progress.note(**{shown: means[shown], "best": best_value})
            if step % budget.evaluate_every == 0 or step == budget.steps:
                evaluate(step)
            progress.advance()
            if time.perf_counter() - last_saved > budget.checkpoint_seconds:
                save(step)
                last_saved = time.perf_counter()
    # The finished state is kept too: what follows training (predictions, files) may be interrupted as well.
    save(step)
    last = _state(model)
    model.load_state_dict(best)
    model.eval()
    seconds += time.perf_counter() - began
    facts = {
        "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "steps": step,
        "best_step": best_step,
        **({} if select is None else {f"best_{select}": best_value}),
        "training_seconds": seconds,
        "steps_per_second": step / seconds,
        "budget": asdict(budget),
    }
    history = pl.DataFrame(rows, schema=HISTORY_SCHEMA, orient="row")
    return Fit(history=history, best=best, last=last, best_step=best_step, steps=step, facts=facts)


def _state(model: torch.nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _check_finite(terms: dict[str, float], step: int, where: str) -> None:
    for name, value in terms.items():
        if not math.isfinite(value):
            raise TrainingError(
                f"{where} term {name!r} is {value} at step {step}, expected a finite number. "
                "Hint: lower the learning rate, or look for empty or degenerate batches."
            )
