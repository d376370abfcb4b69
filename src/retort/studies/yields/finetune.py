"""Supervised training of a network, its encoders pre-trained or not, for a number of steps that is fixed beforehand."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from retort.nn.gaussian import noisy_error, symmetric_kl
from retort.runs import RunInputs
from retort.sealed import read_tensors
from retort.studies.yields.data import Predicted, Records
from retort.studies.yields.model import ENCODERS, Encoded, YieldNet
from retort.studies.yields.reactions import Batch, Reactions
from retort.studies.yields.watched import Watched
from retort.training.batches import EvenBatches
from retort.training.loop import Budget, Descent, fit
from retort.training.optimisation import Schedule, clipped_adamw, warmed_up
from retort.training.run import RunContext

PREDICTED_AT_ONCE = 512
CLIP = 5.0  # norm of the gradient
ORDER, PASSES = range(2)  # what random numbers are drawn for


def finetune(
    records: Records, inputs: RunInputs, settings: dict, context: RunContext
) -> tuple[Predicted, dict[str, Tensor], dict, pl.DataFrame]:
    """Train on train, predict valid and test: what is predicted, the weights, facts for run.json, and the history.

    Means are of the network without dropout, as they are along training, so that the last evaluation compares with the
    best ones. Passes with dropout give the epistemic deviation and the mean aleatoric variance.

    Raises:
        ValueError: the weights of the encoder fit no part of the network.
    """
    lean()
    network, training = settings["network"], settings["training"]
    known = records.places[records.rows_of("train", "unlabelled")]
    reactions = Reactions(inputs.features, network, context.seed)
    reactions.constant = reactions.shared(known)
    model = YieldNet(network, reactions.widths)
    borrowed = lend(model, inputs)
    watched = Watched(model, records).to(context.device)
    train = records.rows_of("train")
    center, scale = records.scaling()
    targets = torch.from_numpy(((records.yields - center) / scale).astype(np.float32))
    steps = steps_of(training, len(train))
    batches = EvenBatches(train, training["batch"], [context.seed, ORDER])

    def batch(step: int) -> tuple[Batch, Tensor]:
        rows = batches(step)
        return reactions.batch(records.places[rows]).to(context.device), targets[rows].to(context.device)

    def loss(watched: Watched[YieldNet], batch: tuple[Batch, Tensor]) -> dict[str, Tensor]:
        return loss_terms(watched.model, *batch, settings["loss"])

    def validate(watched: Watched[YieldNet]) -> dict[str, float]:
        encoded = encode(watched.model, reactions, records.places[records.predicted], context.device)
        mean, _, _ = watched.model.head(encoded)
        return watched.note(center + scale * mean.double())

    optimizer = clipped_adamw(watched, training["learning_rate"], training["weight_decay"], CLIP)
    schedule = Schedule(
        optimizer,
        lambda step: warmed_up(step, steps, training["learning_rate"], training["warmup"]),
        lambda step: training["weight_decay"],
    )
    trained = fit(
        model=watched,
        loss=loss,
        batch=batch,
        validate=validate,
        descent=Descent(optimizer, schedule),
        budget=Budget.of(steps, training["evaluations"]),
        select=None,  # so many steps, whatever valid says: it is for the intervals
        context=context,
    )
    with torch.no_grad():
        encoded = encode(model, reactions, records.places[records.predicted], context.device)
    predicted, facts = predict(model, encoded, settings, (center, scale), context.seed)
    chosen, peeked = watched.means.cpu().numpy()
    predicted = replace(predicted, chosen=chosen, peeked=peeked)
    weights = {name: value.detach() for name, value in model.state_dict().items()}
    facts |= trained.facts | {"center": center, "scale": scale, "borrowed": borrowed} | reactions.widths
    return predicted, weights, facts, trained.history


def lean() -> None:
    """Deterministic algorithms without the NaN that torch then fills all new memory with: a tenth of a step's time.

    It is there to unmask code that reads memory before it is written, and changes no result of code that does not.
    """
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def steps_of(training: dict, rows: int) -> int:
    """So many epochs, no fewer than `least_steps` and no more than `most_steps`; then `extra_steps`.

    The latter are what a fair control has instead of pre-training.
    """
    epochs = training["epochs"] * math.ceil(rows / training["batch"])
    return max(min(epochs, training["most_steps"]), training["least_steps"]) + training["extra_steps"]


def lend(model: YieldNet, inputs: RunInputs) -> list[str]:
    """Load pre-trained encoders into those parts that the network has; their names.

    Raises:
        ValueError: what is lent is none of the network's encoders, or one of other sizes.
    """
    if not inputs.uses.get("encoder"):
        return []
    (folder,) = inputs.uses["encoder"]
    tensors = read_tensors(folder / "model.safetensors")
    lent = [
        part for part in ENCODERS if part in model.views and any(n.startswith(f"{part}.") for n in tensors)
    ]
    if not lent:
        raise ValueError(
            f"{folder} has weights of {sorted({name.split('.')[0] for name in tensors})}, the network has "
            f"{', '.join(model.views)}. Hint: look at the `uses` and the `network.views` of the variant."
        )
    for part in lent:
        own = {
            name.removeprefix(f"{part}."): value
            for name, value in tensors.items()
            if name.startswith(f"{part}.")
        }
        try:
            getattr(model, part).load_state_dict(own)
        except RuntimeError as error:
            raise ValueError(
                f"{folder}: its encoder of {part} does not fit. Hint: both runs need the same `network.{part}`. {error}"
            ) from error
    return lent


def loss_terms(model: YieldNet, batch: Batch, target: Tensor, weights: dict) -> dict[str, Tensor]:
    """The terms of the loss and their `total`: (1 - l) squared error + l noise + agreement + balance, as weighted.

    With an agreement, head and human features work twice on the same encodings, each time with a dropout of its own.
    Without noise nothing teaches the variance, so that only means can agree.
    """
    twice = weights["agreement"] > 0
    encoded = model.encode(batch)
    mean, log_variance, unbalanced = model.head(encoded.repeated(2) if twice else encoded)
    target = target.repeat(2) if twice else target
    terms = {"squared_error": ((mean - target) ** 2).mean()}
    total = (1 - weights["noise"]) * terms["squared_error"]
    if weights["noise"] > 0:
        terms["noise"] = noisy_error(mean, log_variance, target)
        total = total + weights["noise"] * terms["noise"]
    else:
        log_variance = torch.zeros_like(log_variance)
    if twice:
        means, log_variances = mean.chunk(2), log_variance.chunk(2)
        terms["agreement"] = symmetric_kl(means[0], log_variances[0], means[1], log_variances[1])
        total = total + weights["agreement"] * terms["agreement"]
    if "features" in model.views:
        terms["balance"] = unbalanced
        total = total + weights["balance"] * unbalanced
    return terms | {"total": total}


def encode(model: YieldNet, reactions: Reactions, places: np.ndarray, device: torch.device) -> Encoded:
    """What no dropout touches of some reactions."""
    parts = [
        model.encode(reactions.batch(places[start : start + PREDICTED_AT_ONCE]).to(device))
        for start in range(0, len(places), PREDICTED_AT_ONCE)
    ]
    features = [part.features for part in parts if part.features is not None]
    return Encoded(torch.cat([part.known for part in parts]), torch.cat(features) if features else None)


@torch.no_grad()
def predict(
    model: YieldNet, encoded: Encoded, settings: dict, scaling: tuple[float, float], seed: int
) -> tuple[Predicted, dict]:
    """What the trained network says of the encoded reactions, in percent, and how its experts are used.

    Means are those without dropout. Of the passes with dropout, the spread of the means is the epistemic deviation,
    and the mean variance the aleatoric one, which only a network that was trained for it has.
    """
    center, scale = scaling
    model.eval()
    mean, log_variance, _ = model.head(encoded)
    variance, epistemic = log_variance.double().exp(), None
    if settings["training"]["passes"] > 1:
        said = passes(
            model, lambda: torch.stack(model.head(encoded)[:2]), settings["training"]["passes"], seed
        )
        means, log_variances = said.unbind(dim=1)
        variance, epistemic = log_variances.exp().mean(dim=0), (scale * means.std(dim=0)).cpu().numpy()
    noisy = settings["loss"]["noise"] > 0
    predicted = Predicted(
        (center + scale * mean.double()).cpu().numpy(),
        aleatoric=(scale * variance.sqrt()).cpu().numpy() if noisy else None,
        epistemic=epistemic,
    )
    usage = [] if encoded.features is None else model.features.usage(encoded.features)
    return predicted, {"experts": usage} if usage else {}


@torch.no_grad()
def passes(model: nn.Module, said: Callable[[], Tensor], count: int, seed: int) -> Tensor:
    """(count, ..) in float64: what a network has `said` in each of so many passes with dropout (Gal & Ghahramani 2016).

    Batch norm stays as it was trained. What is drawn depends on the seed alone; the global generator is left as it was.
    """
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.train()
    with torch.random.fork_rng():
        torch.manual_seed(int(np.random.default_rng([seed, PASSES]).integers(2**62)))
        each = torch.stack([said().double() for _ in range(count)])
    model.eval()
    return each
