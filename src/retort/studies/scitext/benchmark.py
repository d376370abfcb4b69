"""How many documents a second are extracted, and what a step of training takes by each optimiser; one thread."""

import math
from collections.abc import Callable

import polars as pl
import torch

from retort.runs import Run
from retort.studies.scitext.data import read
from retort.studies.scitext.descent import OPTIMISERS, descent
from retort.studies.scitext.encoder import build
from retort.studies.scitext.examples import Batch, Schemes
from retort.studies.scitext.extractor import Extractor, predict
from retort.studies.scitext.finetune import assembled
from retort.studies.scitext.pieces import tokenizer_of
from retort.training.memory import keep_freed, leave_unfilled
from retort.training.timing import fastest, one_thread

SCHEMA = {"quantity": pl.String, "value": pl.Float64, "unit": pl.String, "n": pl.Int64}
METHOD, TARGET = "extract", "entities"
LEARNED = {"entities": 1.0, "relations": 0.0, "coreference": 0.0}
DOCUMENTS = 8
STEPS, REPEATS = 3, 5
SPELT = {"adam": "Adam", "adamw": "AdamW", "adamp": "AdamP", "radam": "RAdam"}  # as their authors do
SLOW, FAST = "adamp", "adamw"


def measure(runs: list[Run]) -> pl.DataFrame:
    """Documents extracted per second, seconds of a training step by each optimiser, and what AdamP adds.

    Documents are of the first run that extracts entities, and weights random: eight are extracted at once, and a step
    reads as many as one of training does, forth and back, and moves all weights. After a first call to warm up, the
    fastest of several counts, by the processor's clock.

    Returns:
        `quantity, value, unit, n`, n counting documents at once; empty without such a run.
    """
    some = (
        run for run in sorted(runs) if run.settings["method"] == METHOD and run.settings["target"] == TARGET
    )
    run = next(some, None)
    if run is None:
        return pl.DataFrame(schema=SCHEMA)
    keep_freed()
    leave_unfilled()
    documents = read(run.inputs.prepared, run.inputs.split)
    train = documents.of("train")
    extracted, learned = train[:DOCUMENTS], train[: run.settings["training"]["batch"]]
    schemes = Schemes(documents.entity_types, documents.relation_types)
    tokenizer = tokenizer_of(run.settings["encoder"], run.inputs.features)
    torch.manual_seed(0)
    encoder = build(run.settings["encoder"], tokenizer.size)
    model, reader = assembled(encoder, tokenizer, schemes, run.settings["spans"], LEARNED)
    with one_thread():
        model.eval()
        taken = fastest(lambda: predict(model, reader, extracted), REPEATS)
        rows = [("documents extracted", len(extracted) / taken, "documents/s", len(extracted))]
        model.train()
        batch = reader.batch([reader.example(document) for document in learned])
        steps = {}
        for name in OPTIMISERS:
            work = _stepping(model, batch, run.settings["training"] | {"optimiser": name})
            steps[name] = fastest(work, REPEATS) / STEPS
            rows.append((f"step of {SPELT[name]}", steps[name], "s", len(learned)))
    rows.append(("AdamP over AdamW, ln", math.log(steps[SLOW] / steps[FAST]), "ln", len(learned)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _stepping(model: Extractor, batch: Batch, training: dict) -> Callable[[], None]:
    """Some steps on one batch."""
    optimizer = descent(model.encoder, model, training, 10_000).optimizer

    def work() -> None:
        for _ in range(STEPS):
            optimizer.zero_grad(set_to_none=True)
            model.loss(batch)["total"].backward()
            optimizer.step()

    return work
