"""SciBERT's tagger (Beltagy et al. 2019): tags from the states of an encoder, which is tuned or stays as it is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from retort.nn.dropout import QuickDropout
from retort.runs import RunInputs
from retort.sealed import read_tensors
from retort.studies.scitext import encoder as encoders
from retort.studies.scitext.data import Annotations, Document, predictions, read
from retort.studies.scitext.descent import descent
from retort.studies.scitext.encoder import Encoder
from retort.studies.scitext.encoding import Pieced, started
from retort.studies.scitext.pieces import Tokenizer, tokenizer_of
from retort.studies.scitext.steps import steps_of
from retort.studies.scitext.tagging import (
    AT_ONCE,
    TARGET,
    Sentences,
    Tagger,
    Task,
    annotate,
    head,
    learn,
    only_entities,
)
from retort.studies.scitext.tags import Scheme
from retort.training.batches import EvenBatches
from retort.training.loop import Budget
from retort.training.memory import keep_freed, leave_unfilled
from retort.training.run import Outcome, RunContext


class EncoderTagger(Tagger):
    """Emissions are linear in the state of a word's first piece.

    Args:
        encoder: is a part of the model. `tokenizer`: of its pieces.
        kind: crf or softmax.
        frozen: whether the encoder stays as it is; the states of all words are then computed once.
        dropout: of states, while it is tuned.
    """

    def __init__(
        self, encoder: Encoder, tokenizer: Tokenizer, scheme: Scheme, kind: str, frozen: bool, dropout: float
    ):
        super().__init__()
        self.encoder, self.frozen, self.tokenizer = encoder, frozen, tokenizer
        self.head = head(kind, scheme)
        self.dropout = QuickDropout(0.0 if frozen else dropout)
        self.emit = nn.Linear(encoder.width, scheme.size)
        self._pieced: WeakKeyDictionary[Sentences, Pieced] = WeakKeyDictionary()
        self._states: WeakKeyDictionary[Sentences, list[Tensor]] = WeakKeyDictionary()
        if frozen:
            encoder.requires_grad_(False)

    def train(self, mode: bool = True) -> "EncoderTagger":
        """A frozen encoder never drops anything."""
        super().train(mode)
        if self.frozen:
            self.encoder.eval()
        return self

    def readable(self, sentences: Sentences) -> Sentences:
        """The same sentences without the words that the encoder does not read."""
        pieced = Pieced.of(sentences.words, self.tokenizer, self.encoder.longest)
        cut = replace(sentences, length=pieced.read)
        self._pieced[cut] = pieced
        return cut

    def emissions(self, sentences: Sentences, rows: np.ndarray) -> Tensor:
        """As of `Tagger`, of sentences that `readable` gave."""
        pieced, device = self._pieced[sentences], self.emit.weight.device
        if not self.frozen:
            return self.emit(self.dropout(pieced.words(self.encoder, rows, device)))
        if sentences not in self._states:
            self._states[sentences] = self._all_states(pieced, device)
        some = [self._states[sentences][row] for row in rows]
        return self.emit(nn.utils.rnn.pad_sequence(some, batch_first=True))

    @torch.no_grad()
    def _all_states(self, pieced: Pieced, device: torch.device) -> list[Tensor]:
        """(W, width) of each sentence."""
        self.encoder.eval()
        order = np.argsort([len(each) for each in pieced.pieces], kind="stable")
        found: dict[int, Tensor] = {}
        for start in range(0, len(order), AT_ONCE):
            rows = order[start : start + AT_ONCE]
            states = pieced.words(self.encoder, rows, device)
            found |= {
                int(row): each[: pieced.read[row]].clone() for row, each in zip(rows, states, strict=True)
            }
        return [found[row] for row in range(len(order))]


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Train on train, keep what is best on valid, and predict the entities of valid and test.

    Raises:
        ValueError: another target, or weights that do not fit the encoder.
    """
    only_entities(settings)
    keep_freed()
    leave_unfilled()
    documents, training = read(inputs.prepared, inputs.split), settings["training"]
    encoder, tokenizer, renewed = started(inputs, settings, context.seed)
    task = Task.of(documents)
    model = _build(encoder, tokenizer, task.scheme, settings).to(context.device)
    whole = int(task.train.length.sum())
    task = replace(task, train=model.readable(task.train), valid=model.readable(task.valid))
    count = len(task.train.documents)
    batches = EvenBatches(count, training["batch"], context.seed)
    steps = steps_of(training, count)
    ends = np.searchsorted(task.train.owner, np.arange(count + 1))

    def batch(step: int) -> np.ndarray:
        return np.concatenate([np.arange(ends[one], ends[one + 1]) for one in batches(step)])

    found = learn(
        model,
        task,
        descent(model.encoder, model, training, steps),
        Budget.of(steps, training["evaluations"]),
        batch,
        context,
    )
    predicted = documents.predicted
    said = annotate(model, task.scheme, model.readable(Sentences.of(predicted)))
    facts = found.facts | {
        "types": list(task.scheme.types),
        "lost_entities": task.lost,
        "words_cut": whole - int(task.train.length.sum()),
        "renewed": renewed,
    }
    return Outcome(found.best, predictions(predicted, said, TARGET), found.history, facts)


def restored(
    folder: Path, record: dict, inputs: RunInputs
) -> Callable[[Sequence[Document]], list[Annotations]]:
    """What a finished run says of documents.

    Args:
        folder: of the run. `record`: its run.json. `inputs`: with the tokenizer among its features.

    Raises:
        KeyError, ValueError, OSError: something lacks or is damaged.
    """
    settings, scheme = record["settings"], Scheme(record["facts"]["types"])
    tokenizer = tokenizer_of(settings["encoder"], inputs.features)
    model = _build(encoders.build(settings["encoder"], tokenizer.size), tokenizer, scheme, settings)
    model.load_state_dict(read_tensors(folder / "model.safetensors"))
    model.eval()
    return lambda documents: annotate(model, scheme, model.readable(Sentences.of(documents)))


def _build(encoder: Encoder, tokenizer: Tokenizer, scheme: Scheme, settings: dict) -> EncoderTagger:
    own = settings["tagger"]
    return EncoderTagger(
        encoder, tokenizer, scheme, own["head"], own["frozen"], settings["encoder"]["dropout"]
    )
