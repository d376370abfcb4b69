"""The baseline without pre-training: a CRF on features of words, as taggers were before they learned their own.

Features are the word, its shape, its ends, its neighbours and theirs, hashed to a fixed number of places (K. Weinberger
et al., ICML 2009), as in CRFsuite's tutorial of named entities.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.runs import RunInputs
from retort.sealed import read_tensors
from retort.studies.scitext.data import Annotations, Document, predictions, read
from retort.studies.scitext.tagging import (
    TARGET,
    Sentences,
    Tagger,
    Task,
    annotate,
    head,
    learn,
    only_entities,
    sentence_batches,
)
from retort.studies.scitext.tags import Scheme
from retort.training.loop import Budget, Descent
from retort.training.memory import keep_freed, leave_unfilled
from retort.training.optimisation import Schedule, clipped_adamw, cosine
from retort.training.run import Outcome, RunContext

CLIP = 5.0
FEWEST = 2  # words that have a feature
EDGE = "<edge>"  # beyond the ends of a sentence


def shape(word: str) -> str:
    """Kinds of characters, runs of three and more cut to two: X capital, x small, 9 digit, others as they are."""
    found = ""
    for letter in word:
        kind = "X" if letter.isupper() else "x" if letter.isalpha() else "9" if letter.isdigit() else letter
        if not found.endswith(kind * 2):
            found += kind
    return found


def features(sentence: Sequence[str]) -> Iterator[list[str]]:
    """Of each word the same number of features, each with the name of what it is."""
    low = [EDGE, EDGE, *(word.lower() for word in sentence), EDGE, EDGE]
    shapes = [EDGE, *map(shape, sentence), EDGE]
    for place in range(len(sentence)):
        before2, before, own, after, after2 = low[place : place + 5]
        yield [
            "bias",
            f"w {own}",
            f"s {shapes[place + 1]}",
            *(f"p{size} {own[:size]}" for size in (2, 3, 4)),
            *(f"e{size} {own[-size:]}" for size in (2, 3, 4)),
            f"w-1 {before}",
            f"w+1 {after}",
            f"w-2 {before2}",
            f"w+2 {after2}",
            f"s-1 {shapes[place]}",
            f"s+1 {shapes[place + 2]}",
            f"e-1 {before[-3:]}",
            f"e+1 {after[-3:]}",
            f"w-1w {before} {own}",
            f"ww+1 {own} {after}",
        ]


class WordCrf(Tagger):
    """Emissions are sums of one weight per feature and tag.

    Args:
        row: (places,) long, the row of weights of each place that features are hashed to, two that meet having the same
            one; 0 for those without weights.
    """

    row: Tensor

    def __init__(self, row: Tensor, scheme: Scheme):
        super().__init__()
        self.register_buffer("row", row)
        # All zero: the likelihood has one maximum only.
        self.weights = nn.Parameter(torch.zeros(int(row.max()) + 1, scheme.size))
        self.head = head("crf", scheme)
        self._hashed: WeakKeyDictionary[Sentences, list[Tensor]] = WeakKeyDictionary()

    @classmethod
    def of(cls, sentences: Sentences, places: int, scheme: Scheme) -> "WordCrf":
        """Weights for what stands in at least `FEWEST` words of the sentences: the rest says nothing of other texts."""
        every = torch.cat([hashed(sentence, places).flatten() for sentence in sentences.words])
        kept = torch.bincount(every, minlength=places) >= FEWEST
        return cls(kept.cumsum(0) * kept, scheme)

    def emissions(self, sentences: Sentences, rows: np.ndarray) -> Tensor:
        if sentences not in self._hashed:
            known = self.row.cpu()
            self._hashed[sentences] = [known[hashed(each, len(known))] for each in sentences.words]
        some = [self._hashed[sentences][row] for row in rows]
        own = nn.utils.rnn.pad_sequence(some, batch_first=True).to(self.weights.device)  # (M, L, features)
        found = F.embedding_bag(own.flatten(0, 1), self.weights, mode="sum", padding_idx=0)
        return found.view(*own.shape[:2], -1)


def hashed(sentence: Sequence[str], places: int) -> Tensor:
    """(W, features) long, the places of the features of each word."""
    return (
        torch.tensor([[zlib.crc32(name.encode()) for name in word] for word in features(sentence)]) % places
    )


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Train and predict the entities of valid and test. Raises ValueError for another target."""
    only_entities(settings)
    keep_freed()
    leave_unfilled()
    own = settings["word_crf"]
    documents = read(inputs.prepared, inputs.split)
    task = Task.of(documents)
    model = WordCrf.of(task.train, own["features"], task.scheme).to(context.device)
    batches = sentence_batches(task, own["batch"], context.seed)
    steps = max(1, round(own["epochs"] * batches.steps_per_epoch))
    optimizer = clipped_adamw(model, own["learning_rate"], own["weight_decay"], CLIP)
    schedule = Schedule(
        optimizer,
        rate=lambda step: cosine(step, steps, own["learning_rate"], 0.0),
        decay=lambda step: own["weight_decay"],
    )
    found = learn(
        model, task, Descent(optimizer, schedule), Budget.of(steps, own["evaluations"]), batches, context
    )
    predicted = documents.predicted
    said = annotate(model, task.scheme, Sentences.of(predicted))
    facts = found.facts | {"types": list(task.scheme.types), "lost_entities": task.lost}
    return Outcome(found.best, predictions(predicted, said, TARGET), found.history, facts)


def restored(
    folder: Path, record: dict, inputs: RunInputs
) -> Callable[[Sequence[Document]], list[Annotations]]:
    """What a finished run says of documents.

    Args:
        folder: of the run. `record`: its run.json.

    Raises:
        KeyError, ValueError, OSError: something lacks or is damaged.
    """
    scheme = Scheme(record["facts"]["types"])
    weights = read_tensors(folder / "model.safetensors")
    model = WordCrf(weights["row"], scheme)
    model.load_state_dict(weights)
    model.eval()
    return lambda documents: annotate(model, scheme, Sentences.of(documents))
