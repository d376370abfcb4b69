"""What all taggers share: sentences in batches, the two kinds of judging tags, training, and entities from tags."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.nn.crf import Chain
from retort.studies.scitext.data import Annotations, Document, Documents, Entity
from retort.studies.scitext.readings import f1_of
from retort.studies.scitext.tags import Scheme
from retort.training.batches import EvenBatches
from retort.training.loop import Budget, Descent, Fit, fit
from retort.training.run import RunContext

TARGET = "entities"
SELECTED = "negated_f1"  # training minimises
AT_ONCE = 128  # sentences that are tagged together


class Apart(nn.Module):
    """Tags judged each by itself, by a softmax: what `Chain` is without transitions, asked the same way."""

    def log_likelihood(self, emissions: Tensor, tags: Tensor, real: Tensor) -> Tensor:
        """(M,) nats, of emissions (M, L, T), tags (M, L) and real places (M, L)."""
        return -(F.cross_entropy(emissions.transpose(1, 2), tags, reduction="none") * real).sum(dim=1)

    def marginals(self, emissions: Tensor, real: Tensor) -> Tensor:
        return emissions.softmax(dim=2) * real[..., None]

    def decode(self, emissions: Tensor, real: Tensor) -> Tensor:
        return emissions.argmax(dim=2) * real


def head(kind: str, scheme: Scheme) -> Chain | Apart:
    """`crf` or `softmax`. Raises ValueError on others."""
    if kind == "crf":
        return Chain(scheme.size, scheme.allowed, scheme.first)
    if kind == "softmax":
        return Apart()
    raise ValueError(f"tagger.head {kind!r}, expected crf or softmax. Hint: see settings.schema.yaml.")


@dataclass(frozen=True, eq=False)
class Sentences:
    """The S sentences of some documents; equal to nothing but itself, so that what is made of them can be kept.

    Attributes:
        documents: that they are of.
        owner: (S,) which document each is of, counted from 0.
        offset: (S,) the number of its first word in the document. `length`: (S,) its words, or those that are read.
    """

    documents: Sequence[Document]
    owner: np.ndarray
    offset: np.ndarray
    length: np.ndarray

    @classmethod
    def of(cls, documents: Sequence[Document]) -> "Sentences":
        rows = [
            (place, start, end - start)
            for place, document in enumerate(documents)
            for start, end in document.bounds
        ]
        return cls(documents, *np.array(rows, np.int64).reshape(-1, 3).T)

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def words(self) -> list[Sequence[str]]:
        """The words of each sentence."""
        return [sentence for document in self.documents for sentence in document.sentences]

    def real(self, rows: np.ndarray) -> Tensor:
        """(M, L) bool of some sentences, L the words of the longest."""
        lengths = torch.from_numpy(self.length[rows])
        return torch.arange(int(lengths.max()))[None] < lengths[:, None]


@dataclass(frozen=True)
class Task:
    """What a tagger learns and by what it is chosen.

    Attributes:
        scheme: of the types that train has.
        train, valid: sentences. `tags`: (W,) of each of train. `lost`: entities of train that tags cannot say.
    """

    scheme: Scheme
    train: Sentences
    tags: list[np.ndarray]
    lost: int
    valid: Sentences

    @classmethod
    def of(cls, documents: Documents) -> "Task":
        scheme = Scheme(documents.entity_types)
        train = documents.of("train")
        encoded = [scheme.encode(document) for document in train]
        tags = [each for sentences, _ in encoded for each in sentences]
        lost = sum(count for _, count in encoded)
        return cls(scheme, Sentences.of(train), tags, lost, Sentences.of(documents.of("valid")))

    def batch(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """Tags (M, L), 0 where there is padding, and real places (M, L), of sentences of train, as long as they are."""
        some = [torch.from_numpy(self.tags[row][: self.train.length[row]]) for row in rows]
        return nn.utils.rnn.pad_sequence(some, batch_first=True), self.train.real(rows)


class Tagger(nn.Module):
    """Anything that gives words emissions, with its `head`."""

    head: Chain | Apart

    def emissions(self, sentences: Sentences, rows: np.ndarray) -> Tensor:
        """(M, L, T) of some sentences, L the words of the longest of them; anything where there is padding."""
        raise NotImplementedError


def learn(
    model: Tagger,
    task: Task,
    descent: Descent,
    budget: Budget,
    batch: Callable[[int], np.ndarray],
    context: RunContext,
) -> Fit:
    """Maximise the likelihood of the tags, and keep the weights with the best F1 on valid.

    Args:
        batch: the sentences of train of step 0, 1, ...
    """

    def loss(model: Tagger, rows: np.ndarray) -> dict[str, Tensor]:
        tags, real = (each.to(context.device) for each in task.batch(rows))
        likelihood = model.head.log_likelihood(model.emissions(task.train, rows), tags, real)
        # Of a word, so that the rate means the same for long and for short sentences.
        return {"total": -likelihood.sum() / real.sum()}

    def validate(model: Tagger) -> dict[str, float]:
        f1 = f1_of(
            TARGET, [each.gold for each in task.valid.documents], annotate(model, task.scheme, task.valid)
        )
        return {"f1": f1, SELECTED: -f1}

    return fit(
        model=model,
        loss=loss,
        batch=batch,
        validate=validate,
        descent=descent,
        budget=budget,
        select=SELECTED,
        context=context,
    )


@torch.no_grad()
def annotate(model: Tagger, scheme: Scheme, sentences: Sentences) -> list[Annotations]:
    """The entities of each document, with the least probability of a word's tag as score; the model is in eval mode."""
    found: list[list[Entity]] = [[] for _ in sentences.documents]
    # Those of a length together, so that little is padding.
    order = np.argsort(sentences.length, kind="stable")
    tagged: dict[int, list[Entity]] = {}
    for start in range(0, len(order), AT_ONCE):
        rows = order[start : start + AT_ONCE]
        emissions = model.emissions(sentences, rows)
        real = sentences.real(rows).to(emissions.device)
        tags = model.head.decode(emissions, real)
        chances = model.head.marginals(emissions, real).gather(2, tags[..., None])[..., 0]
        for row, own, chance in zip(rows.tolist(), tags.cpu().numpy(), chances.cpu().numpy(), strict=True):
            length = sentences.length[row]
            tagged[row] = scheme.decode(own[:length], chance[:length], int(sentences.offset[row]))
    for row in range(len(sentences)):
        found[sentences.owner[row]] += tagged[row]
    return [Annotations(entities=entities) for entities in found]


def sentence_batches(task: Task, batch: int, seed: int) -> EvenBatches:
    """Sentences of train, every one once an epoch."""
    return EvenBatches(len(task.train), batch, [seed, 1])


def only_entities(settings: Mapping) -> None:
    """Refuse a target that tags cannot say."""
    if settings["target"] != TARGET:
        raise ValueError(
            f"method {settings['method']!r} for the target {settings['target']!r}, expected {TARGET}. "
            "Hint: give the variant to splits with the target entities only."
        )
