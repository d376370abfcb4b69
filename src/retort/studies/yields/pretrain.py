"""Pre-training of encoders on reactions without their yields: two views that shall agree, or hidden tokens.

It sees the reactions of train, labelled or not; never those of valid and test, except in the transductive variant,
which is how the published code does it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.nn import masked_language
from retort.nn.tokens import TokenBatch
from retort.runs import RunInputs
from retort.studies.yields.data import Records
from retort.studies.yields.finetune import CLIP, lean
from retort.studies.yields.model import ENCODERS, GraphEncoder, SequenceEncoder
from retort.studies.yields.reactions import Batch, Reactions, given
from retort.training.batches import FullBatches
from retort.training.loop import Budget, Descent, fit
from retort.training.optimisation import Schedule, clipped_adamw, warmed_up
from retort.training.run import RunContext
from retort.training.seeding import generator

ORDER, MASKS, VALIDATION = range(
    2, 5
)  # what random numbers are drawn for; the first two are those of fine-tuning
MOST_SCALE = math.log(100)  # of the inverse temperature, as in CLIP


def pretrain(
    records: Records, inputs: RunInputs, settings: dict, context: RunContext
) -> tuple[dict[str, Tensor], pl.DataFrame, dict]:
    """Train the pretext that the settings name; the weights of the encoders, the history, and facts for run.json.

    It is validated on one batch that is as large as those of training, or on all of valid where that is less: how hard
    it is to pick a partner depends on how many there are.

    Raises:
        ValueError: fewer than two reactions to learn from.
    """
    lean()
    training, network = settings["pretraining"], settings["network"]
    parts = ("train", "unlabelled", *(("valid", "test") if training["transductive"] else ()))
    places, held = (records.places[records.rows_of(*some)] for some in (parts, ("valid",)))
    size = min(training["batch"], len(places))
    held = held[:: max(1, len(held) // size)][:size]
    if size < 2:
        raise ValueError(
            f"{len(places)} reactions in {', '.join(parts)}, expected at least 2. Hint: look at the split."
        )
    pretext = PRETEXTS[training["pretext"]]
    reactions = Reactions(inputs.features, network | {"views": pretext.views}, context.seed)
    reactions.constant = reactions.shared(places)
    model = pretext.model(network, reactions.widths, training).to(context.device)
    order = FullBatches(places, size, [context.seed, ORDER])
    steps = training["steps"]

    def shown(rows: np.ndarray, *drawn: int) -> Batch | masked_language.MaskedBatch:
        return pretext.shown(reactions.batch(rows), training, [context.seed, *drawn]).to(context.device)

    def validate(model: nn.Module) -> dict[str, float]:
        terms = pretext.loss(model, shown(held, VALIDATION)) if len(held) > 1 else {}
        return {name: float(value) for name, value in terms.items()}

    optimizer = clipped_adamw(model, training["learning_rate"], training["weight_decay"], CLIP)
    schedule = Schedule(
        optimizer,
        lambda step: warmed_up(step, steps, training["learning_rate"], training["warmup"]),
        lambda step: training["weight_decay"],
    )
    trained = fit(
        model=model,
        loss=pretext.loss,
        batch=lambda step: shown(order(step), MASKS, step),
        validate=validate,
        descent=Descent(optimizer, schedule),
        budget=Budget.of(steps, training["evaluations"]),
        select=None,  # a lower loss of a pretext is not a better encoder
        context=context,
    )
    weights = {
        name: value.detach() for name, value in model.state_dict().items() if name.split(".")[0] in ENCODERS
    }
    return weights, trained.history, trained.facts | {"reactions": len(places), "held_out": len(held)}


class Contrast(nn.Module):
    """The encoders of graphs and of strings, and what is thrown away after the pre-training: their projections.

    Attributes:
        scale: log of the inverse temperature, learned.
    """

    def __init__(self, network: dict, widths: dict[str, int], training: dict):
        super().__init__()
        self.graph = GraphEncoder(widths["atom"], widths["bond"], **network["graph"])
        self.sequence = SequenceEncoder(**network["sequence"])
        self.project_graph = nn.Linear(2 * self.graph.width, training["width"])
        self.project_sequence = nn.Linear(self.sequence.width, training["width"])
        self.scale = nn.Parameter(torch.tensor(1 / training["temperature"]).log())

    def forward(self, batch: Batch) -> Tensor:
        """(B, B): how much the graphs of each reaction (rows) and the string of each (columns) are alike.

        Another reaction of the same molecules is minus infinity: nothing tells it from the partner.
        """
        with torch.no_grad():
            self.scale.clamp_(max=MOST_SCALE)
        graphs = self.project_graph(self.graph.reaction(batch, self.graph(batch)))
        strings = self.project_sequence(self.sequence(batch))
        alike = self.scale.exp() * F.normalize(graphs, dim=1) @ F.normalize(strings, dim=1).T
        return alike.masked_fill(twins(batch), -torch.inf)


def twins(batch: Batch) -> Tensor:
    """(B, B): which reactions of a batch are others of the same molecules."""
    _, which = batch.sides.transpose(0, 1).flatten(1).unique(dim=0, return_inverse=True)
    return (which[:, None] == which).fill_diagonal_(False)


def contrast_loss(model: Contrast, batch: Batch) -> dict[str, Tensor]:
    """`total`: symmetric InfoNCE, the mean over both directions of picking the partner in the batch; `top_1`: the
    share of reactions whose graphs pick the right string."""
    alike = model(batch)
    partner = torch.arange(len(alike), device=alike.device)
    total = (F.cross_entropy(alike, partner) + F.cross_entropy(alike.T, partner)) / 2
    return {"total": total, "top_1": (alike.detach().argmax(dim=1) == partner).float().mean()}


class Masked(nn.Module):
    """The encoder of strings, and a head that guesses hidden tokens, with the embeddings as its last weights."""

    def __init__(self, network: dict, widths: dict[str, int], training: dict):
        super().__init__()
        self.sequence = SequenceEncoder(**network["sequence"])
        width = self.sequence.width
        self.guess = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(self.sequence.transformer.embedding.num_embeddings))

    def forward(self, batch: masked_language.MaskedBatch) -> Tensor:
        """Logits (n, vocabulary) of the chosen places, row by row."""
        counts = batch.chosen.sum(dim=1)
        first = batch.chosen.int().argsort(
            dim=1, descending=True, stable=True
        )  # chosen places first, in their order
        places = first[:, : int(counts.max())]
        states = self.sequence.transformer.of_reactions(batch.corrupted.tokens, places)  # (B, Q, width)
        real = torch.arange(places.shape[1], device=places.device) < counts[:, None]
        return F.linear(self.guess(states[real]), self.sequence.transformer.embedding.weight, self.bias)


def masked_loss(model: Masked, batch: masked_language.MaskedBatch) -> dict[str, Tensor]:
    """`total`: cross-entropy of the hidden tokens, in nats; `accuracy`: the share guessed right."""
    logits = model(batch)
    right = (logits.argmax(dim=1) == batch.answers).float().mean()
    return {"total": F.cross_entropy(logits, batch.answers), "accuracy": right.detach()}


def hide(batch: Batch, training: dict, drawn: list[int]) -> masked_language.MaskedBatch:
    """The reactions as whole strings with some tokens hidden."""
    seed = int(np.random.default_rng(drawn).integers(2**31))
    return masked_language.mask(TokenBatch(given(batch.tokens)), training["masked"], generator(seed, 0))


@dataclass(frozen=True)
class Pretext:
    """What is learned without yields.

    Attributes:
        views: that its batches have.
        model: of the blocks `network`, widths of inputs and `pretraining`; its encoders bear their names.
        shown: what a step sees of a batch, by the block `pretraining` and numbers that seed what is drawn.
        loss: terms of a step.
    """

    views: list[str]
    model: Callable[[dict, dict[str, int], dict], nn.Module]
    shown: Callable[..., Batch | masked_language.MaskedBatch]
    loss: Callable[..., dict[str, Tensor]]


PRETEXTS = {
    "contrast": Pretext(["graph", "sequence"], Contrast, lambda batch, *_: batch, contrast_loss),
    "masked": Pretext(["sequence"], Masked, hide, masked_loss),
}
