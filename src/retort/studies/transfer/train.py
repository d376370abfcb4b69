"""One run of the study: a teacher, a step of a student, the better of two students, or a baseline."""

import math
import re
from collections.abc import Callable

import numpy as np
import polars as pl
import torch
from torch import nn

from retort.datasets.parts import UNLABELLED
from retort.runs import RunInputs
from retort.sealed import read_json, read_table, read_tensors
from retort.studies.transfer import baselines
from retort.studies.transfer.alignn import ALIGNN
from retort.studies.transfer.data import (
    Lessons,
    Records,
    element_vectors,
    encode,
    lessons,
    possible,
    predictions,
    read,
)
from retort.studies.transfer.formulas import Formulas
from retort.studies.transfer.gated import GatedGraphNet
from retort.studies.transfer.graphs import Graphs, GraphStore
from retort.studies.transfer.strategy import (
    STUDENTS,
    Batch,
    Material,
    Student,
    align_loss,
    guided_loss,
    jittered,
)
from retort.training.batches import MixedBatches
from retort.training.loop import Budget, Descent, Fit, fit
from retort.training.run import Outcome, RunContext

TEACHERS: dict[str, type[GatedGraphNet] | type[ALIGNN]] = {"gated": GatedGraphNet, "alignn": ALIGNN}
# Whom a run may stand on, as the `uses` of its variant name them.
ROLES = ("teacher", "start", "first", "second")
# Step 1 has no labels to validate on: it keeps some of the taught compositions for that.
HELD_OUT = 0.05
PREDICTED_AT_ONCE = 512
EMBEDDED = ("train", UNLABELLED, "test")


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Train what the variant says, and predict its property.

    Students and baselines predict valid and test, a teacher also the training records, whose embeddings it lends.
    """
    records = read(inputs.prepared, inputs.split, inputs.features["formulas"], settings["target"])
    method = settings["method"]
    if method in ("median", "boosting"):
        return baselines.run(method, records, settings, context.seed)
    if method == "teacher":
        return teach(inputs, records, settings, context)
    if method == "better":
        return better(inputs)
    return study(inputs, records, settings, context)


def batch_size(most: int, rows: int) -> int:
    """CrabNet's rule, a sixteenth of the rows as a power of two, but at most `most`: few rows still make many steps."""
    return min(most, 2 ** max(round(math.log2(rows)) - 4, 3))


def _budget(training: dict, batch: int, rows: int) -> Budget:
    steps = max(training["epochs"] * math.ceil(rows / batch), training["least_steps"])
    return Budget.of(steps, training["evaluations"])


def _descent(model: nn.Module, training: dict, steps: int) -> Descent:
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=training["learning_rate"], weight_decay=training["weight_decay"], fused=True
    )
    # The rate rises over the first part of the training and falls to nothing: no rate is ever tuned by hand.
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, training["learning_rate"], total_steps=steps, pct_start=0.3, cycle_momentum=False
    )
    return Descent(optimizer, schedule)


# The teacher: from structure to property.


def teach(inputs: RunInputs, records: Records, settings: dict, context: RunContext) -> Outcome:
    """Train a structure model on the labelled crystals, and write its embeddings of all training crystals."""
    store = GraphStore(inputs.features["crystal_graphs"])
    chosen = settings["teacher"]
    vectors = torch.from_numpy(element_vectors(chosen["elements"], inputs.features.get("vectors")))
    device = context.device
    model = TEACHERS[chosen["kind"]](vectors, **chosen["model"]).to(device)
    labelled = records.of("train")
    center, scale = labelled.select(pl.col("value").mean(), scale=pl.col("value").std()).row(0)
    crystals = store.rows(labelled["id"].to_list())
    labels = torch.from_numpy(((labelled["value"].to_numpy() - center) / scale).astype(np.float32))
    training = settings["training"]["teacher"]
    size = batch_size(training["batch"], len(crystals))
    batches = MixedBatches(len(crystals), size, context.seed)
    budget = _budget(training, size, len(crystals))

    def graphs(rows: np.ndarray) -> Graphs:
        return store.batch(rows, angles=model.needs_angles).to(device)

    def batch(step: int) -> tuple[Graphs, torch.Tensor]:
        rows = batches(step)
        return graphs(crystals[rows]), labels[rows].to(device)

    def loss(model: GatedGraphNet | ALIGNN, batch: tuple[Graphs, torch.Tensor]) -> dict[str, torch.Tensor]:
        crystals, target = batch
        error = nn.functional.l1_loss(model(crystals)[:, 0], target)
        return {"target": error, "total": error}

    def predict(model: GatedGraphNet | ALIGNN, table: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        rows = store.rows(table["id"].to_list())
        values, embeddings = [], []
        for start in range(0, len(rows), PREDICTED_AT_ONCE):
            embedding = model.embed(graphs(rows[start : start + PREDICTED_AT_ONCE]))
            values.append(model.head(embedding)[:, 0].cpu().numpy())
            embeddings.append(embedding.cpu().numpy())
        unscaled = center + scale * np.concatenate(values).astype(np.float64)
        return possible(unscaled, records.target), np.concatenate(embeddings)

    held = records.held(context.seed)

    def validate(model: GatedGraphNet | ALIGNN) -> dict[str, float]:
        return {"mae": float(np.abs(predict(model, held)[0] - held["value"].to_numpy()).mean())}

    trained = fit(
        model=model,
        loss=loss,
        batch=batch,
        validate=validate,
        descent=_descent(model, training, budget.steps),
        budget=budget,
        select="mae",
        context=context,
    )
    with torch.no_grad():
        values, embeddings = predict(model, records.table)
    embedded = records.table["part"].is_in(EMBEDDED).to_numpy()
    scaling = {"center": torch.tensor(center), "scale": torch.tensor(scale)}
    return Outcome(
        model=trained.best | scaling,
        predictions=predictions(records.table, records.target, values, None, embeddings, embedded),
        history=trained.history,
        facts=trained.facts,
    )


# The student: from formula to property.


def better(inputs: RunInputs) -> Outcome:
    """The one of two finished students, `first` and `second`, that did better on the validation it was chosen on."""
    candidates = {role: folder for role in ("first", "second") for folder in inputs.uses[role]}
    facts = {role: read_json(folder / "run.json")["facts"] for role, folder in candidates.items()}
    chosen = min(facts, key=lambda role: facts[role]["best_mae"])
    return Outcome(
        model=read_tensors(candidates[chosen] / "model.safetensors"),
        predictions=read_table(candidates[chosen] / "predictions.parquet"),
        facts={"chosen": chosen, "elements": facts[chosen]["elements"]},
    )


def study(inputs: RunInputs, records: Records, settings: dict, context: RunContext) -> Outcome:
    """Take one step with a student: step 1 (`align`), or step 2 or plain training (`learn`)."""
    lent = _lent(inputs, records, settings, context) if "teacher" in inputs.uses else None
    kind = settings["student"]
    vectors = torch.from_numpy(element_vectors(settings["elements"][kind], inputs.features.get("vectors")))
    body = STUDENTS[kind](vectors, **settings[kind])
    student = Student(body, None if lent is None else lent.values.shape[1]).to(context.device)
    for start in inputs.uses.get("start", []):
        student.borrow(read_tensors(start / "model.safetensors"))
    if settings["step"] == "align":
        if lent is None:
            raise ValueError("step 1 has no teacher to learn from. Hint: give the variant `uses.teacher`.")
        trained = _align(student, lent, settings, context)
    else:
        stage = "tune" if "start" in inputs.uses else "learn"
        trained = _learn(student, lent, records, settings, stage, context)
    asked = records.of("valid", "test")
    values, spread, embeddings = _predict(student, records, asked, context.device)
    sigma: np.ndarray | None = spread
    if settings["step"] == "align":
        values = np.full(len(asked), np.nan)  # its last layer has learned nothing
        sigma = None
    return Outcome(
        model=trained.best,
        predictions=predictions(
            asked, records.target, values, sigma, embeddings, (asked["part"] == "test").to_numpy()
        ),
        history=trained.history,
        facts=trained.facts
        | {"lessons": len(lent.names) if lent else 0, "elements": _elements(inputs, records, lent)},
    )


def _lent(inputs: RunInputs, records: Records, settings: dict, context: RunContext) -> Lessons:
    """What the teacher of a run says, as the settings want it shown.

    A teacher that is a composition model itself has written no embeddings of training records: it is asked for them
    here, on the training compositions of this place.
    """
    (teacher,) = inputs.uses["teacher"]
    told = read_json(teacher / "run.json")["settings"]
    if told["method"] == "student":
        weights = read_tensors(teacher / "model.safetensors")
        model = Student.restore(weights, told).to(context.device).eval()
        asked = records.of("train", UNLABELLED).unique("row").sort("composition")
        _, _, embeddings = _predict(model, records, asked, context.device)
        lent = Lessons.standardised(asked["composition"].to_list(), embeddings.astype(np.float64))
    else:
        lent = lessons(teacher, settings["guide"])
    if settings["permuted"]:
        lent = lent.permuted(context.seed)
    if settings["spare_unseen"]:
        lent = lent.without(records.of("valid", "test")["composition"].unique().to_list())
    return lent


def _align(student: Student, lent: Lessons, settings: dict, context: RunContext) -> Fit:
    """Step 1 on all that the teacher has to say."""
    numbers, fractions = encode(lent.names)
    count = len(lent.names)
    material = Material(numbers, fractions, np.zeros(count), lent.values, np.ones(count, bool))
    held = np.flatnonzero(lent.held_out(HELD_OUT))
    shown = np.flatnonzero(~lent.held_out(HELD_OUT))
    training, augment = settings["training"]["align"], _augmentation(settings, context.seed)
    size = batch_size(training["batch"], len(shown))
    batches = MixedBatches(len(shown), size, context.seed)
    budget = _budget(training, size, len(shown))

    def validate(student: Student) -> dict[str, float]:
        parts = np.array_split(held, math.ceil(len(held) / PREDICTED_AT_ONCE))
        terms = [
            float(align_loss(student, material.batch(rows, context.device))["embedding"]) for rows in parts
        ]
        return {"embedding": float(np.average(terms, weights=[len(rows) for rows in parts]))}

    # The last layer takes no part in step 1: it has no gradient, so the optimizer passes it by.
    return fit(
        model=student,
        loss=align_loss,
        batch=lambda step: augment(material.batch(shown[batches(step)], context.device), step),
        validate=validate,
        descent=_descent(student, training, budget.steps),
        budget=budget,
        select="embedding",
        context=context,
    )


def _learn(
    student: Student,
    lent: Lessons | None,
    records: Records,
    settings: dict,
    stage: str,
    context: RunContext,
) -> Fit:
    """Step 2: labels, and with alpha > 0 lessons on those labelled compositions that have one.

    A student that has learned something before (`stage` is `tune`, not `learn`) goes on at a lower rate, lower still
    with the smaller batches of few labels: otherwise it forgets first what it knows.
    """
    known = records.averaged()
    values, rows = known["value"].to_numpy(), known["row"].to_numpy()
    student.set_scale(values)
    width = 1 if lent is None else lent.values.shape[1]
    lesson, taught = np.zeros((len(rows), width), np.float32), np.zeros(len(rows), bool)
    if lent is not None:
        lessons_of = lent.rows(records.formulas)[rows]
        taught = lessons_of >= 0
        lesson[taught] = lent.values[lessons_of[taught]]
    formulas = records.formulas
    target = (values - float(student.center)) / float(student.scale)
    material = Material(formulas.numbers[rows], formulas.fractions[rows], target, lesson, taught)
    training, augment = dict(settings["training"][stage]), _augmentation(settings, context.seed)
    size = batch_size(training["batch"], len(rows))
    if stage == "tune":
        training["learning_rate"] *= size / training["batch"]
    batches = MixedBatches(len(rows), size, context.seed)
    budget = _budget(training, size, len(rows))
    held = records.held(context.seed)
    wanted = held["value"].to_numpy()

    def validate(student: Student) -> dict[str, float]:
        values, sigma, _ = _predict(student, records, held, context.device)
        errors = np.abs(values - wanted)
        scale = float(student.scale)
        return {
            "mae": float(errors.mean()),
            "target": float((math.sqrt(2) * errors / sigma + np.log(sigma / scale)).mean()),
        }

    return fit(
        model=student,
        loss=lambda student, batch: guided_loss(student, batch, settings["alpha"]),
        batch=lambda step: augment(material.batch(batches(step), context.device), step),
        validate=validate,
        descent=_descent(student, training, budget.steps),
        budget=budget,
        select="mae",
        context=context,
    )


def _augmentation(settings: dict, seed: int) -> Callable[[Batch, int], Batch]:
    """What is done to a batch of a step: CrabNet trains on jittered amounts, Roost does not."""
    if settings["student"] == "crabnet":
        return lambda batch, step: jittered(batch, seed, step)
    return lambda batch, step: batch


def _predict(
    student: Student, records: Records, table: pl.DataFrame, device: torch.device
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values and sigmas (N,) in the property's unit and embeddings (N, W) of the rows of `table`."""
    rows = table["row"].to_numpy()
    # Each composition once, those of equal length together.
    distinct, back = np.unique(rows, return_inverse=True)
    order = np.argsort(records.formulas.counts[distinct], kind="stable")
    predicted = []
    with torch.no_grad():
        for start in range(0, len(order), PREDICTED_AT_ONCE):
            some = distinct[order[start : start + PREDICTED_AT_ONCE]]
            batch = Formulas.from_arrays(records.formulas.numbers[some], records.formulas.fractions[some])
            predicted.append([part.cpu().numpy() for part in student.predict(batch.to(device))])
    values, sigma, embeddings = (np.concatenate(parts) for parts in zip(*predicted, strict=True))
    where = np.empty_like(order)
    where[order] = np.arange(len(order))
    where = where[back]
    return possible(values[where].astype(np.float64), records.target), sigma[where], embeddings[where]


def _elements(inputs: RunInputs, records: Records, lent: Lessons | None) -> list[str]:
    """The elements that the student has met, in lessons or labels, here or before: of others it knows nothing."""
    names = set(records.of("train")["composition"]) | set(lent.names if lent else [])
    met = {symbol for name in names for symbol in re.findall("[A-Z][a-z]?", name)}
    for start in inputs.uses.get("start", []):
        met |= set(read_json(start / "run.json")["facts"]["elements"])
    return sorted(met)
