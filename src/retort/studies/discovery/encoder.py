"""A small BERT of descriptions: pre-trained by guessing hidden words; its twin of the same seed stays as drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from torch import Tensor

from retort.nn.masked_language import MaskedBatch, MaskedLanguageModel, mask, masked_language_loss
from retort.nn.tokens import TokenBatch, Vocabulary
from retort.nn.transformer import Transformer
from retort.runs import RunInputs
from retort.studies.discovery.data import Materials, filled
from retort.studies.discovery.text import vocabulary, words
from retort.training.loop import Budget, Descent, Fit, fit
from retort.training.optimisation import Schedule, clipped_adamw, warmed_up
from retort.training.run import HISTORY_SCHEMA, Outcome, RunContext
from retort.training.seeding import generator

SPECIAL = ("[PAD]", "[START]", "[END]", "[MASK]", "[UNKNOWN]")
START, END, MASK, UNKNOWN = 1, 2, 3, 4
CLIP = 1.0
AT_ONCE = 64


@dataclass(frozen=True)
class Words:
    """The words that an encoder knows, by number; special ones come first."""

    known: list[str]

    @property
    def numbers(self) -> Vocabulary:
        # The unknown word is an ordinary one: it may be hidden and guessed.
        return Vocabulary(len(SPECIAL) + len(self.known), START, END, MASK, first=UNKNOWN)

    def encode(self, texts: Sequence[str], longest: int) -> list[np.ndarray]:
        """Token numbers of each text, start and end included, cut to `longest`."""
        index = {word: number for number, word in enumerate(self.known, start=len(SPECIAL))}
        rows = []
        for text in texts:
            inner = [index.get(word, UNKNOWN) for word in words(text)][: longest - 2]
            rows.append(np.array([START, *inner, END], np.int64))
        return rows


class SimilarLengths:
    """Batches of texts that are about as long as each other, in an order of its own each epoch: little padding.

    A pure function of (seed, step).
    """

    def __init__(self, lengths: np.ndarray, batch: int, seed: int):
        order = np.argsort(lengths, kind="stable")
        self.parts = [part for part in np.array_split(order, -(-len(order) // batch)) if len(part)]
        self.seed = seed

    def __call__(self, step: int) -> np.ndarray:
        """The rows of step 0, 1, ..."""
        epoch, index = divmod(step, len(self.parts))
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.parts))
        return self.parts[order[index]]


def pretrain(materials: Materials, inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Pre-train on the descriptions of train, choose on those of valid, and embed all; 0 steps leave it as drawn.

    No label is seen. The vector of a text is the mean of its tokens' last states.

    Raises:
        ValueError: a row has no text.
    """
    chosen = settings["encoder"]
    texts = materials.texts(inputs.features.get("descriptions"), chosen["reads"])
    if None in texts:
        missing = materials.ids[texts.index(None)]
        raise ValueError(
            f"{missing} has no {chosen['reads']}. Hint: the place of pre-training is of described crystals."
        )
    written = [text for text in texts if text is not None]
    known = Words(vocabulary((written[row] for row in materials.train), chosen["least"]))
    tokens = known.encode(written, chosen["longest"])
    backbone = Transformer(
        chosen["width"],
        chosen["layers"],
        chosen["heads"],
        chosen["longest"],
        chosen["dropout"],
        known.numbers,
    )
    model = MaskedLanguageModel(backbone).to(context.device)
    facts = {"words": known.known, "cut": sum(len(row) == chosen["longest"] for row in tokens)}
    history = pl.DataFrame(schema=HISTORY_SCHEMA)
    if chosen["steps"]:
        trained = _train(model, tokens, materials, chosen, context)
        facts, history = facts | trained.facts, trained.history
    vectors = embed(backbone.eval(), tokens, context.device)
    table = materials.table.select("id", "part", vector=pl.Series(vectors).arr.to_list())
    weights = {name: value.detach().cpu() for name, value in backbone.state_dict().items()}
    return Outcome(weights, filled(table), history, facts)


def _train(
    model: MaskedLanguageModel,
    tokens: list[np.ndarray],
    materials: Materials,
    chosen: dict,
    context: RunContext,
) -> Fit:
    lengths = np.array([len(row) for row in tokens])
    train, valid = materials.train, materials.rows_of("valid")
    batches = SimilarLengths(lengths[train], chosen["batch"], context.seed)
    numbers = model.backbone.vocabulary

    def hidden(rows: np.ndarray, draw: torch.Generator) -> MaskedBatch:
        batch = TokenBatch.of([tokens[row] for row in rows])
        return mask(batch, chosen["masked"], draw, numbers).to(context.device)

    parts = SimilarLengths(lengths[valid], chosen["batch"], 0).parts
    # The same words are hidden at every validation.
    judged = [hidden(valid[part], generator(0, number)) for number, part in enumerate(parts)]

    def validate(model: MaskedLanguageModel) -> dict[str, float]:
        told = [(masked_language_loss(model, batch), len(batch.answers)) for batch in judged]
        weights = [count for _, count in told]
        return {
            name: float(np.average([float(terms[term]) for terms, _ in told], weights=weights))
            for name, term in (("loss", "total"), ("accuracy", "accuracy"))
        }

    rate, decay, steps = chosen["learning_rate"], chosen["weight_decay"], chosen["steps"]
    optimizer = clipped_adamw(model, rate, decay, CLIP)
    schedule = Schedule(
        optimizer, lambda step: warmed_up(step, steps, rate, chosen["warmup"]), lambda step: decay
    )
    return fit(
        model=model,
        loss=masked_language_loss,
        batch=lambda step: hidden(train[batches(step)], generator(context.seed, step)),
        validate=validate,
        descent=Descent(optimizer, schedule),
        budget=Budget.of(steps, chosen["evaluations"]),
        select="loss",
        context=context,
    )


def embed(backbone: Transformer, tokens: list[np.ndarray], device: torch.device) -> np.ndarray:
    """(N, width) float32: the mean state of each text, computed with others of its length."""
    order = np.argsort([len(row) for row in tokens], kind="stable")
    found = np.empty((len(tokens), backbone.width), np.float32)
    with torch.no_grad():
        for start in range(0, len(order), AT_ONCE):
            rows = order[start : start + AT_ONCE]
            states: Tensor = backbone(TokenBatch.of([tokens[row] for row in rows]).to(device))
            found[rows] = states.cpu().numpy()
    return found
