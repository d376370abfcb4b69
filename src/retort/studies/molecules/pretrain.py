"""Pre-training of a backbone: seven pretexts, one driver; the labels of the task itself are never among what is seen.

Unless their settings say otherwise, all pretexts see the same molecules in the same order for the same number of
steps, at the same rates, so that what differs between two pre-trained encoders is the pretext with what belongs to it
(DINO: local crops, a teacher, growing weight decay).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, cast

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from retort.nn import masked_language as masked
from retort.nn.molecular_graphs import Graphs, MoleculeStore
from retort.nn.transformer import Transformer
from retort.studies.molecules import backbones, dino
from retort.studies.molecules.contrast import Contrast, nt_xent
from retort.studies.molecules.crops import CropMaker
from retort.studies.molecules.molclr import two_views
from retort.studies.molecules.targets import Targets, Teller, Told, telling_loss
from retort.studies.molecules.walks import CBoW, Walks, cbow_loss
from retort.training.batches import FullBatches
from retort.training.loop import Budget, Descent, Model, fit
from retort.training.optimisation import Schedule, clipped_adamw, warmed_up
from retort.training.run import RunContext
from retort.training.seeding import generator

Shown = TypeVar("Shown")  # what one step of a pretext sees

HELD_OUT = 512  # molecules at most that the pretext is validated on
LOGGED = 100  # points of a training curve
CLIP = 3.0  # norm of the gradient, as DINO has it
# What random numbers are drawn for: each purpose has its own, whatever another one draws.
SUBSET, ORDER, VIEWS, VALIDATION = range(4)


@dataclass(frozen=True)
class Task(Generic[Model, Shown]):
    """A pretext, ready to be trained.

    Attributes:
        model: trained in place.
        views: what one step shows, of rows of the store; draws from its generator only. The number is the step, which
            some pretexts need to know.
        loss: terms of one step; may change buffers of the model, as DINO's centre.
        check: terms of a batch at validation; changes nothing.
        backbone: the module that is kept.
        finish: called once after the last step.
        decay_growth: by how much weight decay grows over the training.
    """

    model: Model
    views: Callable[[np.ndarray, int, np.random.Generator], Shown]
    loss: Callable[[Model, Shown], dict[str, Tensor]]
    check: Callable[[Model, Shown], dict[str, Tensor]]
    backbone: nn.Module
    finish: Callable[[], None] = lambda: None
    decay_growth: float = 1.0


def pretrain(
    store: MoleculeStore,
    parts: pl.DataFrame,
    settings: dict,
    context: RunContext,
    targets: Targets | None = None,
) -> tuple[dict[str, Tensor], pl.DataFrame, dict]:
    """Train the pretext `settings["pretext"]` on the molecules of the part `train`.

    Args:
        store: the view `molecular_graphs` of the corpus.
        parts: the corpus' split, `id, part`; `valid` is what the pretext is validated on.
        settings: of the run: `pretext`, `backbone`, the backbone's block, `pretraining` and what the pretext needs.
        targets: of all molecules of the store, for the pretexts of `TOLD`.

    Returns:
        Weights `backbone.*` (those of DINO are the teacher's), the history, and facts for run.json.

    Raises:
        ValueError: an unknown pretext, or one that the backbone cannot have; no molecules to train or to validate on.
    """
    pretext, training = settings["pretext"], settings["pretraining"]
    if pretext not in PRETEXTS or settings["backbone"] not in PRETEXTS[pretext][1]:
        known = "; ".join(f"{name} with {' or '.join(kinds)}" for name, (_, kinds) in PRETEXTS.items())
        raise ValueError(
            f"pretext {pretext!r} with the backbone {settings['backbone']!r}, expected one of: {known}. "
            "Hint: masked language models read SMILES, MolCLR's augmentations are of graphs, and cbow is of walks."
        )
    if (targets is not None) != (pretext in TOLD):
        given = "without" if targets is None else "with"
        raise ValueError(f"pretext {pretext!r} {given} targets. Hint: {' and '.join(TOLD)} have them.")
    rows, held = molecules(store, parts, training["molecules"], context.seed)
    size = min(training["batch"], len(rows))
    steps = max(1, math.ceil(len(rows) * training["epochs"] / size))
    told = () if targets is None else (targets.scaled(rows),)
    task = PRETEXTS[pretext][0](store, settings, steps, context.device, *told)
    task.model.to(context.device)
    order = FullBatches(rows, size, (context.seed, ORDER))

    def batch(step: int) -> Any:
        return task.views(order(step), step, np.random.default_rng([context.seed, VIEWS, step]))

    fixed: list[tuple[int, Any]] = []

    def validate(model: nn.Module) -> dict[str, float]:
        if not fixed:
            chunks = np.array_split(held, math.ceil(len(held) / size))
            for number, chunk in enumerate(chunks):
                rng = np.random.default_rng([context.seed, VALIDATION, number])
                fixed.append((len(chunk), task.views(chunk, 0, rng)))
        terms = [task.check(model, views) for _, views in fixed]
        weights = [count for count, _ in fixed]
        return {
            name: float(np.average([float(t[name]) for t in terms], weights=weights)) for name in terms[0]
        }

    optimizer = clipped_adamw(task.model, training["learning_rate"], training["weight_decay"], CLIP)
    schedule = Schedule(
        optimizer,
        lambda step: warmed_up(step, steps, training["learning_rate"], training["warmup"]),
        lambda step: dino.weight_decay(step, steps, training["weight_decay"], task.decay_growth),
    )
    trained = fit(
        model=task.model,
        loss=task.loss,
        batch=batch,
        validate=validate,
        descent=Descent(optimizer, schedule),
        budget=Budget.of(steps, training["evaluations"], LOGGED),
        select=None,  # a lower loss of a pretext is not a better encoder: a collapsed one has the lowest
        context=context,
    )
    task.finish()
    weights = {
        f"{backbones.PREFIX}{name}": value.detach() for name, value in task.backbone.state_dict().items()
    }
    facts = trained.facts | {"molecules": len(rows), "held_out": len(held), "molecules_seen": steps * size}
    return weights, trained.history, facts


def molecules(
    store: MoleculeStore, parts: pl.DataFrame, most: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the store to train on, at most `most` of them (None: all), and those to validate on.

    Both are drawn with the seed; fewer molecules are a subset of more.
    """
    rows = []
    for part, limit in (("train", most), ("valid", HELD_OUT)):
        ids = parts.filter(pl.col("part") == part)["id"].to_list()
        chosen = np.random.default_rng([seed, SUBSET]).permutation(len(ids))[:limit]
        if len(chosen) < 2:
            raise ValueError(
                f"the split of the corpus has {len(ids)} molecules in the part {part!r}, and "
                f"{len(chosen)} of them are to be used, expected at least 2. "
                "Hint: look at the split's fractions and at pretraining.molecules."
            )
        rows.append(store.rows([ids[index] for index in chosen]))
    return rows[0], rows[1]


# The pretexts.


def _crop_maker(settings: dict, locals_: int) -> CropMaker:
    chosen = settings["crops"]
    maker = partial(
        CropMaker,
        chosen["kind"],
        chosen["globals"],
        locals_,
        global_share=tuple(chosen["global_share"]),
        local_share=tuple(chosen["local_share"]),
    )
    return maker(least=chosen["least"]) if "least" in chosen else maker()


def _crops(
    store: MoleculeStore,
    source: backbones.Source,
    maker: CropMaker,
    rows: np.ndarray,
    rng: np.random.Generator,
) -> tuple[Any, Any | None]:
    """Two batches of crops of M rows: the global ones, (globals x M), and the local ones or None.

    Crops of one kind go into one batch, since those of equal size cost least together.
    """
    drawn = [maker.draw(store.skeleton(row), rng) for row in rows]
    batches: list[Any] = []
    for first, last in ((0, maker.globals_), (maker.globals_, maker.globals_ + maker.locals_)):
        if last == first:
            batches.append(None)
            continue
        atoms = [[crops[number]] for number in range(first, last) for crops in drawn]
        batches += source.crops(np.tile(rows, last - first), atoms, rng)
    return batches[0], batches[1]


def distillation(
    store: MoleculeStore, settings: dict, steps: int, device: torch.device
) -> Task[dino.DINO, dino.Crops]:
    """DINO: agree with a running average of oneself about crops of a molecule."""
    source, maker = backbones.source(store, settings), _crop_maker(settings, settings["crops"]["locals"])
    model = dino.DINO(backbones.make(settings), settings["dino"])
    training = settings["pretraining"]

    def views(rows: np.ndarray, step: int, rng: np.random.Generator) -> dino.Crops:
        globals_, locals_ = _crops(store, source, maker, rows, rng)
        locals_ = None if locals_ is None else locals_.to(device)
        return dino.Crops(step, steps, globals_.to(device), locals_, len(rows))

    def loss(model: dino.DINO, crops: dino.Crops) -> dict[str, Tensor]:
        rate = warmed_up(crops.step, steps, training["learning_rate"], training["warmup"])
        return dino.training_loss(model, crops) | {"learning_rate": torch.tensor(rate)}

    return Task(
        model,
        views,
        loss,
        check=lambda model, crops: model.terms(crops)[0],
        backbone=model.teacher.backbone,
        finish=lambda: dino.finish(model, steps),
        decay_growth=dino.DECAY_GROWTH,
    )


def _contrast_loss(settings: dict) -> Callable[[Contrast, tuple[Any, Any]], dict[str, Tensor]]:
    temperature = settings["contrast"]["temperature"]

    def loss(model: Contrast, views: tuple[Any, Any]) -> dict[str, Tensor]:
        return {"total": nt_xent(model(views[0]), model(views[1]), temperature)}

    return loss


def contrast(
    store: MoleculeStore, settings: dict, steps: int, device: torch.device
) -> Task[Contrast, tuple[Any, Any]]:
    """The control of DINO: NT-Xent on two global crops such as DINO has."""
    source, maker = backbones.source(store, settings), _crop_maker(settings, 0)
    model = Contrast(backbones.make(settings), settings["contrast"]["width"])
    loss = _contrast_loss(settings)

    def views(rows: np.ndarray, step: int, rng: np.random.Generator) -> tuple[Any, Any]:
        drawn = [maker.draw(store.skeleton(row), rng) for row in rows]
        first, second, *_ = source.crops(rows, drawn, rng)
        return first.to(device), second.to(device)

    return Task(model, views, loss, loss, model.backbone)


def molclr(
    store: MoleculeStore, settings: dict, steps: int, device: torch.device
) -> Task[Contrast, tuple[Any, Any]]:
    """MolCLR: NT-Xent on two views with atoms masked and bonds deleted."""
    model = Contrast(backbones.make(settings), settings["contrast"]["width"])
    loss = _contrast_loss(settings)

    def views(rows: np.ndarray, step: int, rng: np.random.Generator) -> tuple[Any, Any]:
        first, second = two_views(store, rows, settings["molclr"], rng)
        return first.to(device), second.to(device)

    return Task(model, views, loss, loss, model.backbone)


def masked_language(store: MoleculeStore, settings: dict, steps: int, device: torch.device) -> Task[Any, Any]:
    """The pretext of ChemBERTa: guess hidden tokens of whole molecules."""
    source = backbones.source(store, settings)
    model = masked.MaskedLanguageModel(cast(Transformer, backbones.make(settings)))
    share = settings["mlm"]["masked"]

    def views(rows: np.ndarray, step: int, rng: np.random.Generator) -> masked.MaskedBatch:
        batch = source.whole(rows, rng)
        return masked.mask(batch, share, generator(int(rng.integers(2**31)), 0)).to(device)

    return Task(model, views, masked.masked_language_loss, masked.masked_language_loss, model.backbone)


def cbow(store: MoleculeStore, settings: dict, steps: int, device: torch.device) -> Task[CBoW, Graphs]:
    """The pretext of N-gram graph: guess an atom's attributes from its neighbours. Nothing is drawn."""
    source = backbones.source(store, settings)
    model = CBoW(cast(Walks, backbones.make(settings)), settings["cbow"]["hidden"])

    def views(rows: np.ndarray, step: int, rng: np.random.Generator) -> Graphs:
        return source.whole(rows).to(device)

    return Task(model, views, cbow_loss, cbow_loss, model.backbone)


def telling(
    store: MoleculeStore, settings: dict, steps: int, device: torch.device, targets: Targets
) -> Task[Teller, Told]:
    """Say of whole molecules what is known of them: computed numbers, or labels of other data sets."""
    source = backbones.source(store, settings)
    model = Teller(backbones.make(settings), settings["told"]["hidden"], targets.classes)

    def views(rows: np.ndarray, step: int, rng: np.random.Generator) -> Told:
        return Told(source.whole(rows, rng).to(device), torch.from_numpy(targets.values[rows]).to(device))

    return Task(model, views, telling_loss, telling_loss, model.backbone)


TOLD = ("descriptors", "supervised")  # pretexts that are told something of the molecules
PRETEXTS: dict[str, tuple[Callable[..., Task[Any, Any]], tuple[str, ...]]] = {
    "dino": (distillation, ("gin", "smiles")),
    "contrast": (contrast, ("gin", "smiles")),
    "molclr": (molclr, ("gin",)),
    "mlm": (masked_language, ("smiles",)),
    "cbow": (cbow, ("walks",)),
    **dict.fromkeys(TOLD, (telling, ("gin", "smiles"))),
}
