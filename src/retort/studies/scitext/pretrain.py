"""Pre-training of an encoder on one domain of the corpus, from nothing or from where another run ended.

The recipe leaves the plateau at the unigram entropy early: no dropout, a second beta of 0.98, gradients clipped to 1,
and last biases that begin each stage with the log shares of its pieces. All runs are measured alike, whatever they are
trained for: by single hidden pieces of the valid and test documents of both domains, the same for every run and seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch import Tensor

from retort.runs import RunInputs
from retort.sealed import read_table, read_tensors
from retort.studies.scitext import data
from retort.studies.scitext.encoder import BertEncoder, DebertaEncoder, Encoder, build
from retort.studies.scitext.hiding import Hidden, hide
from retort.studies.scitext.language import Following, LanguageModel, language_loss
from retort.studies.scitext.pieces import SPECIALS, Pieces, Tokenizer
from retort.studies.scitext.windows import Windows, in_order
from retort.training.loop import Budget, Descent, fit
from retort.training.memory import keep_freed, leave_unfilled
from retort.training.optimisation import Schedule, clipped_adamw, warmed_up
from retort.training.run import Outcome, RunContext

DOMAINS = ("general", "science")
ORDER, HIDING, MEASURING = range(3)  # what random numbers are drawn for
BETAS = (0.9, 0.98)
CLIP = 1.0
WATCHED = 256  # windows of each domain's valid part by which a training is watched
TOGETHER = 64  # windows that are measured at once


@dataclass(frozen=True)
class Corpus:
    """The pieces, the part of each document, which pieces begin a word, and how frequent each is in training.

    Attributes:
        part: (N,) of the documents; empty where they are in none.
        begins: (vocabulary,) bool.
        unigram: (vocabulary,) log shares in the training part, by domain.
    """

    pieces: Pieces
    part: np.ndarray
    begins: np.ndarray
    unigram: dict[str, np.ndarray]

    @classmethod
    def read(cls, inputs: RunInputs) -> "Corpus":
        """The corpus of a run.

        Raises:
            ValueError: a document that the split does not know.
        """
        view = inputs.features["word_pieces"]
        pieces, tokenizer = Pieces.of(view), Tokenizer(view)
        parts = dict(read_table(inputs.split, ["id", "part"]).iter_rows())
        unknown = [name for name in pieces.ids if name not in parts]
        if unknown:
            raise ValueError(
                f"{inputs.split}: no part for {unknown[0]!r}, expected one for each document of {view}. "
                "Hint: delete both, and the next command makes them again."
            )
        part = np.array([parts[name] for name in pieces.ids])
        given = cls(pieces, part, tokenizer.begins, {})
        shares = {domain: given._shares(given.documents("train", domain)) for domain in DOMAINS}
        return cls(pieces, part, tokenizer.begins, shares)

    def documents(self, part: str, domain: str) -> np.ndarray:
        """Numbers of the documents of a part and domain."""
        return np.flatnonzero((self.part == part) & (self.pieces.domains == domain))

    def _shares(self, documents: np.ndarray) -> np.ndarray:
        """Log shares of the pieces, of which each is taken to occur once more than it does."""
        stream, _ = self.pieces.joined(documents)
        counts = np.bincount(stream, minlength=len(self.begins)) + 1.0
        return np.log(counts / counts.sum())


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Pre-train as the settings say; predictions are the losses of every document of valid and test.

    Raises:
        ValueError: fewer pieces than one step reads, no documents to watch it by, or a start of another encoder.
    """
    keep_freed()
    leave_unfilled()
    chosen = settings["pretraining"]
    corpus = Corpus.read(inputs)
    domain, length, batch = chosen["domain"], chosen["length"], chosen["batch"]
    steps = chosen["pieces"] // (batch * length)
    if not steps:
        raise ValueError(
            f"pretraining.pieces {chosen['pieces']}, expected at least {batch * length}, which one step reads. "
            "Hint: raise it, or lower pretraining.batch."
        )
    model = begun(settings, corpus, inputs.uses.get("start")).to(context.device)
    documents = corpus.documents("train", domain)
    windows = Windows(corpus.pieces, documents, length, batch, [context.seed, ORDER])
    causal = {"masked": 0, "causal": steps, "detour": steps // 2}[chosen["objective"]]
    watched = {each: Measured(corpus, "valid", each, chosen) for each in DOMAINS}
    watched = {each: measure for each, measure in watched.items() if measure.counted.any()}
    if domain not in watched:
        raise ValueError(
            f"{inputs.split}: no document of {domain} in valid, expected some to watch the training by. "
            "Hint: make the share of valid larger."
        )

    def shown(step: int) -> Hidden | Following:
        cut = windows(step)
        if step < causal:
            return Following(torch.from_numpy(cut)).to(context.device)
        rng = np.random.default_rng([context.seed, HIDING, step])
        return hide(cut, corpus.begins, chosen["hidden"], chosen["ngram"], rng).to(context.device)

    def validate(model: LanguageModel) -> dict[str, float]:
        means = {each: measure.mean(model, WATCHED) for each, measure in watched.items()}
        named = {data.LOSS.format(each): mean for each, mean in means.items()}
        return {"loss": means[domain], **named, "unigram": watched[domain].unigram(WATCHED)}

    optimizer = clipped_adamw(model, chosen["learning_rate"], chosen["weight_decay"], CLIP)
    for group in optimizer.param_groups:
        group["betas"] = BETAS
    schedule = Schedule(
        optimizer,
        lambda step: warmed_up(step, steps, chosen["learning_rate"], chosen["warmup"]),
        lambda step: chosen["weight_decay"],
    )
    trained = fit(
        model=model,
        loss=language_loss,
        batch=shown,
        validate=validate,
        descent=Descent(optimizer, schedule),
        budget=Budget.of(steps, chosen["evaluations"]),
        select=None,  # the last one: what is learned here is judged elsewhere
        context=context,
    )
    facts = trained.facts | {
        "pieces": steps * batch * length,
        "pieces_of_an_epoch": windows.count * length,
        "epochs": steps * batch / windows.count,
        "documents": len(documents),
        "vocabulary": len(corpus.begins),
    }
    return Outcome(dict(model.state_dict()), measured(model, corpus, chosen), trained.history, facts)


def begun(settings: Mapping, corpus: Corpus, start: list[Path] | None) -> LanguageModel:
    """The model before the first step: drawn, or with the weights of a finished pre-training run.

    The last biases begin with the log shares of the domain that is read now, at every stage.

    Raises:
        ValueError: that run's weights do not fit, or it is a local encoder, which has pieces of its own.
    """
    if settings["encoder"]["kind"] == "local":
        raise ValueError(
            "encoder.kind local, expected deberta or bert: the corpus is not in a local encoder's pieces. "
            "Hint: local encoders are for tuning; take another kind in variants of the method pretrain."
        )
    encoder = without_dropout(settings["encoder"], len(corpus.begins))
    chosen = settings["pretraining"]
    if isinstance(encoder, DebertaEncoder) and chosen["decoder"] == "enhanced":
        encoder.decode(chosen["length"])
    if isinstance(encoder, BertEncoder):
        encoder.wandering = True
    logarithms = torch.from_numpy(corpus.unigram[chosen["domain"]]).float()
    model = LanguageModel(encoder, logarithms)
    if start:
        path = Path(start[0]) / "model.safetensors"
        given, own = read_tensors(path), model.state_dict()
        wrong = sorted(
            name
            for name in given.keys() | own.keys()
            if name not in given or name not in own or given[name].shape != own[name].shape
        )
        if wrong:
            raise ValueError(
                f"{path}: {wrong[0]} is not what this run has. "
                "Hint: `encoder`, `pretraining.decoder` and `pretraining.length` of both runs must agree."
            )
        model.load_state_dict(given)
        # What the domain before never had would stand at a bias that takes hundreds of steps to leave.
        with torch.no_grad():
            model.head.bias.copy_(logarithms)
    return model


def without_dropout(settings: Mapping, vocabulary: int) -> Encoder:
    """The encoder as it is pre-trained. Raises as `build` does."""
    return build({**settings, "dropout": 0.0}, vocabulary)


class Measured:
    """Windows of a part and domain with pieces hidden once and for all, and the losses of a model there.

    Args:
        chosen: the block `pretraining`, of which `length` and `hidden` count.
    """

    def __init__(self, corpus: Corpus, part: str, domain: str, chosen: Mapping):
        self.documents = corpus.documents(part, domain)
        windows, owner = in_order(corpus.pieces, self.documents, chosen["length"])
        rng = np.random.default_rng([MEASURING, *part.encode(), *domain.encode()])
        self.hidden = hide(windows, corpus.begins, chosen["hidden"], 0, rng)
        places, answers = self.hidden.places.numpy(), self.hidden.answers.numpy()
        self.owner = np.take_along_axis(owner, places, axis=1)  # (n, Q)
        self.counted = (self.owner >= 0) & (answers >= SPECIALS)
        self.by_unigram = -corpus.unigram[domain][answers]  # (n, Q)

    @torch.no_grad()
    def losses(self, model: LanguageModel, most: int | None = None) -> np.ndarray:
        """(n, Q) nats of the hidden pieces, of the first `most` windows."""
        device = next(model.parameters()).device
        whole = self.hidden
        count = len(whole.seen) if most is None else min(most, len(whole.seen))
        found: list[Tensor] = []
        for first in range(0, count, TOGETHER):
            rows = slice(first, min(first + TOGETHER, count))
            part = type(whole)(whole.seen[rows], whole.places[rows], whole.answers[rows])
            found.append(model.losses(part.to(device)).cpu())
        return torch.cat(found).double().numpy() if found else np.empty(self.owner.shape)

    def mean(self, model: LanguageModel, most: int) -> float:
        """Nats per hidden piece of the first `most` windows."""
        losses = self.losses(model, most)
        return float(losses[self.counted[: len(losses)]].mean())

    def unigram(self, most: int) -> float:
        """The same by the shares of the pieces in train."""
        return float(self.by_unigram[:most][self.counted[:most]].mean())


def measured(model: LanguageModel, corpus: Corpus, chosen: Mapping) -> pl.DataFrame:
    """A table of `PREDICTIONS`: a row for each document of valid and test in which a piece is hidden."""
    model.eval()
    rows: list[dict] = []
    for part in data.PREDICTED:
        for domain in DOMAINS:
            each = Measured(corpus, part, domain, chosen)
            owner, size = each.owner[each.counted], len(corpus.part)
            sums = [
                np.bincount(owner, values[each.counted], size)
                for values in (each.losses(model), each.by_unigram)
            ]
            hidden = np.bincount(owner, minlength=size)
            rows += [
                {
                    "id": corpus.pieces.ids[number],
                    "part": part,
                    "domain": domain,
                    "loss": float(sums[0][number]),
                    "hidden": int(hidden[number]),
                    "unigram": float(sums[1][number]),
                }
                for number in each.documents
                if hidden[number]
            ]
    return data.losses(rows)
