"""One run of the study: train a selector, or take one that is trained, and propose sets for valid and test."""

from functools import partial

import numpy as np
import polars as pl
import torch
from torch import Tensor

from retort.datasets.prepared import Schema
from retort.runs import RunInputs
from retort.studies.precursors.data import NONE, Archive, read
from retort.studies.precursors.expert import LAST, Expert
from retort.studies.precursors.loss import circle_loss, composition_loss, weigh
from retort.studies.precursors.masking import VALIDATION_SHARE, Masked, Reactions
from retort.studies.precursors.methods import recommend
from retort.studies.precursors.model import Selector
from retort.studies.precursors.recommend import ORIGINS, Proposals
from retort.training.loop import Budget, Descent, Fit, fit
from retort.training.run import Outcome, RunContext

# Whom a run may stand on, as the `uses` of its variant name them; what they are for is the same.
ROLES = ("selector", "members")
# The masks of the validation are the same for every seed, so that their losses can be compared.
VALIDATION_SEED = 2023
PREDICTIONS_SCHEMA: Schema = {
    "part": pl.String,
    "target_key": pl.String,
    "target": pl.String,
    "rank": pl.Int64,
    "precursors": pl.List(pl.String),
    "origin": pl.String,  # common, retrieved, completed or composed
    "reference": pl.String,  # the known target that a set was copied from
    "similarity": pl.Float64,
}


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Train if the variant does, and propose sets for every target of valid and test.

    The knowledge base is the training part, for both. Proposals are written, never only scores: every metric,
    ablation and error figure follows from them.
    """
    archive = read(inputs.prepared, inputs.split, inputs.features)
    experts = [
        Expert.load(used, archive, settings, context.device)
        for folders in inputs.uses.values()
        for used in folders
    ]
    outcome = partial(Outcome, {})
    if settings["train"]:
        expert = Expert.fresh(archive, settings, context.device)
        trained = train(expert, archive, settings, context)
        experts = [expert]
        facts = trained.facts | {"vocabulary": len(expert.vocabulary)}
        kept = trained.best | {f"{LAST}{name}": value for name, value in trained.last.items()}
        outcome = partial(Outcome, kept, history=trained.history, facts=facts)
    tables = []
    for part in ("valid", "test"):
        targets = archive.targets_of(part)
        tables.append(table(archive, targets, recommend(archive, targets, settings, experts), part))
    return outcome(predictions=pl.concat(tables))


def table(archive: Archive, targets: np.ndarray, proposals: Proposals, part: str) -> pl.DataFrame:
    """Proposals as a table of `PREDICTIONS_SCHEMA`, by target and rank.

    Args:
        targets: (A,) what `proposals.owner` counts.
    """
    names = pl.Series(archive.precursors, dtype=pl.String)
    keys = pl.Series(archive.targets, dtype=pl.String)
    formulas = pl.Series(archive.formulas, dtype=pl.String)
    owner = targets[proposals.owner]
    members = proposals.sets != NONE
    rows, _ = np.nonzero(members)
    named = pl.DataFrame({"row": rows, "precursors": names.gather(proposals.sets[members])})
    copied = proposals.reference != NONE
    reference = keys.gather(np.where(copied, proposals.reference, 0))
    return (
        pl.DataFrame(
            {
                "row": np.arange(len(owner)),
                "part": pl.repeat(part, len(owner), eager=True),
                "target_key": keys.gather(owner),
                "target": formulas.gather(owner),
                "rank": proposals.rank,
                "origin": pl.Series(ORIGINS).gather(proposals.origin),
                "reference": reference.zip_with(
                    pl.Series(copied), pl.repeat(None, len(owner), dtype=pl.String, eager=True)
                ),
                "similarity": np.where(copied, proposals.similarity, np.nan),
            }
        )
        .join(named.group_by("row", maintain_order=True).agg("precursors"), on="row", how="left")
        .with_columns(pl.col("similarity").fill_nan(None), pl.col("precursors").list.sort())
        .sort("row")
        .select(list(PREDICTIONS_SCHEMA))
        .cast(pl.Schema(PREDICTIONS_SCHEMA))
    )


def losses(model: Selector, batch: Masked, *, recover: bool, weights: str = "adaptive") -> dict[str, Tensor]:
    """The terms of the training loss: `completion`, `composition` and their sum `total`.

    Args:
        recover: whether the composition is recovered at all.
        weights: `adaptive`, of the sum (see `weigh`), or `fixed` at one for each term.
    """
    vectors = model.encode(batch.fractions)
    terms = {"completion": circle_loss(model.complete(vectors, batch.shown), batch.members).mean()}
    if recover:
        terms["composition"] = composition_loss(model.recover(vectors), batch.decoded).mean()
    values = list(terms.values())
    total = (
        weigh(values, model.log_variance[: len(values)])
        if weights == "adaptive"
        else torch.stack(values).sum()
    )
    return {**terms, "total": total}


def budget(training: dict, share: float) -> Budget:
    """How long a selector trains on a share of the recipes.

    The number of steps falls with a power of the share (`share_power`), so that a percent of the recipes does not cost
    as much as all of them; the number of validations, and of those that patience waits for, stays.
    """
    scale = share ** training["share_power"]
    steps, evaluate, log = (
        max(1, round(training[name] * scale)) for name in ("steps", "evaluate_every", "log_every")
    )
    return Budget(steps, evaluate, log, training["patience"])


def train(expert: Expert, archive: Archive, settings: dict, context: RunContext) -> Fit:
    """Train the expert's model in place; the best one has the lowest completion loss on the static masks.

    The paper chose by the total, but the weights of its two terms move while training, so that totals of two
    steps cannot be compared. The masks of validation are those that the settings `chosen_on` name: `random` for all
    variants that are to be chosen on one task, whatever training hides.
    """
    parts = {
        part: Reactions(
            archive,
            part,
            vocabulary=expert.vocabulary,
            decoded=archive.learned_elements,
            mask=settings["mask"] if part == "train" else settings["chosen_on"],
            device=context.device,
            seed=context.seed,
        )
        for part in ("train", "valid")
    }
    training = settings["training"]
    held = parts["valid"].draw(round(VALIDATION_SHARE * parts["valid"].size), VALIDATION_SEED, 0)

    def loss(model: Selector, batch: Masked) -> dict[str, Tensor]:
        return losses(model, batch, recover=settings["recover"], weights=settings["weights"])

    optimizer = torch.optim.Adam(expert.model.parameters(), lr=training["learning_rate"], fused=True)
    return fit(
        model=expert.model,
        loss=loss,
        batch=lambda step: parts["train"].draw(training["batch"], context.seed, step),
        validate=lambda model: {name: float(term) for name, term in loss(model, held).items()},
        descent=Descent(optimizer),
        budget=budget(training, archive.labelled_share),
        select="completion",
        context=context,
    )
