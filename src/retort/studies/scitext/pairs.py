"""The class of a given pair of spans: the third task that is called relation extraction (SciBERT; the source, Fig. 2).

Every pair has a class, so that there are no negatives. SciBERT marks both spans in the text and reads the state of
[CLS]; an encoder as small as ours, which never saw either, reads the spans' own first and last pieces, as DyGIE++ does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from retort.nn.dropout import QuickDropout
from retort.runs import RunInputs
from retort.studies.scitext.data import Annotations, Document, Relation, predictions, read
from retort.studies.scitext.descent import descent
from retort.studies.scitext.encoder import Encoder
from retort.studies.scitext.encoding import Pieced, started
from retort.studies.scitext.pieces import Tokenizer
from retort.studies.scitext.readings import f1_of
from retort.studies.scitext.steps import steps_of
from retort.training.batches import EvenBatches
from retort.training.loop import Budget, fit
from retort.training.memory import keep_freed, leave_unfilled
from retort.training.run import Outcome, RunContext

TARGET = "pairs"
SELECTED = "negated_f1"
AT_ONCE = 32  # documents that are read together


@dataclass(frozen=True)
class Given:
    """The N pairs of some documents.

    Attributes:
        pieced: the S sentences of all documents.
        document: (N,) which document a pair is of. `sentence`: (N,) which sentence.
        ends: (N, 4) long, pieces in the sentence: first and last of the head, first and last of the tail.
        relations: the pairs, with their true classes.
    """

    pieced: Pieced
    document: np.ndarray
    sentence: np.ndarray
    ends: Tensor
    relations: list[Relation]

    @classmethod
    def of(cls, documents: Sequence[Document], tokenizer: Tokenizer, longest: int) -> "Given":
        """The relations of gold; those beyond the end of what is read have the last piece that is."""
        pieced = Pieced.of([each for one in documents for each in one.sentences], tokenizer, longest)
        owner, places, ends, relations = [], [], [], []
        at = 0
        for number, document in enumerate(documents):
            starts = [start for start, _ in document.bounds]
            for relation in document.gold.relations:
                within = int(np.searchsorted(starts, relation.head.start, side="right")) - 1
                row, start = at + within, starts[within]
                first, last = pieced.first[row], pieced.last[row]
                spans = [
                    (span.start - start, span.end - 1 - start) for span in (relation.head, relation.tail)
                ]
                ends.append([int(each) for begin, end in spans for each in (first[begin], last[end])])
                owner.append(number)
                places.append(row)
                relations.append(relation)
            at += len(starts)
        return cls(
            pieced,
            np.array(owner, np.int64),
            np.array(places, np.int64),
            torch.tensor(ends).reshape(-1, 4),
            relations,
        )


class PairModel(nn.Module):
    """[head; tail; head * tail], each span being its first and its last piece, to classes by two layers of 150.

    Args:
        spans: the block of the settings: `hidden` and `dropout` of the layers.
    """

    def __init__(self, encoder: Encoder, types: Sequence[str], spans: dict):
        super().__init__()
        self.encoder, self.types = encoder, list(types)
        layers: list[nn.Module] = []
        wide = 6 * encoder.width
        for _ in range(spans["layers"]):
            layers += [nn.Linear(wide, spans["hidden"]), nn.ReLU(), QuickDropout(spans["dropout"])]
            wide = spans["hidden"]
        self.judge = nn.Sequential(*layers, nn.Linear(wide, len(self.types)))

    def forward(self, given: Given, rows: np.ndarray) -> Tensor:
        """Logits (n, classes) of the pairs `rows`."""
        device = next(self.judge.parameters()).device
        sentences, place = np.unique(given.sentence[rows], return_inverse=True)
        states = given.pieced.states(self.encoder, sentences, device)  # (M, P, width)
        ends = given.ends[rows].to(device)
        own = states[torch.from_numpy(place).to(device)[:, None], ends].flatten(1)  # (n, 4 width)
        head, tail = own.chunk(2, dim=1)
        return self.judge(torch.cat([head, tail, head * tail], dim=1))


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Train on the pairs of train, keep what is best on valid, and predict the classes of those of valid and test.

    Raises:
        ValueError: another target, train without pairs, or weights that do not fit the encoder.
    """
    keep_freed()
    leave_unfilled()
    documents, training = read(inputs.prepared, inputs.split), settings["training"]
    # Documents without a pair teach nothing, and would make batches without one.
    train = [document for document in documents.of("train") if document.gold.relations]
    if settings["target"] != TARGET or not train:
        raise ValueError(
            f"method pairs for the target {settings['target']!r} and {len(train)} training documents with relations, "
            f"expected {TARGET} and some. Hint: look at the `target` of the split."
        )
    encoder, tokenizer, renewed = started(inputs, settings, context.seed)
    model = PairModel(encoder, documents.relation_types, settings["spans"]).to(context.device)
    longest = model.encoder.longest
    given, valid, predicted = (
        Given.of(some, tokenizer, longest) for some in (train, documents.of("valid"), documents.predicted)
    )
    classes = torch.tensor([model.types.index(each.type) for each in given.relations])
    batches, steps = EvenBatches(len(train), training["batch"], context.seed), steps_of(training, len(train))
    ends = np.searchsorted(given.document, np.arange(len(train) + 1))

    def batch(step: int) -> np.ndarray:
        return np.concatenate([np.arange(ends[one], ends[one + 1]) for one in batches(step)])

    def loss(model: PairModel, rows: np.ndarray) -> dict[str, Tensor]:
        return {"total": F.cross_entropy(model(given, rows), classes[rows].to(context.device))}

    def validate(model: PairModel) -> dict[str, float]:
        held_out = documents.of("valid")
        f1 = f1_of(TARGET, [each.gold for each in held_out], classify(model, held_out, valid))
        return {"f1": f1, SELECTED: -f1}

    found = fit(
        model=model,
        loss=loss,
        batch=batch,
        validate=validate,
        descent=descent(model.encoder, model, training, steps),
        budget=Budget.of(steps, training["evaluations"]),
        select=SELECTED,
        context=context,
    )
    said = classify(model, documents.predicted, predicted)
    cut = sum(len(first) for first in given.pieced.first) - int(given.pieced.read.sum())
    facts = found.facts | {"types": model.types, "renewed": renewed, "words_cut": cut}
    return Outcome(found.best, predictions(documents.predicted, said, TARGET), found.history, facts)


@torch.no_grad()
def classify(model: PairModel, documents: Sequence[Document], given: Given) -> list[Annotations]:
    """The likeliest class of every pair with its probability; the model is in eval mode."""
    found: list[list[Relation]] = [[] for _ in documents]
    for start in range(0, len(documents), AT_ONCE):
        rows = np.flatnonzero((given.document >= start) & (given.document < start + AT_ONCE))
        if len(rows):
            chances, kinds = model(given, rows).softmax(dim=1).max(dim=1)
            for row, chance, kind in zip(rows.tolist(), chances.tolist(), kinds.tolist(), strict=True):
                said = given.relations[row]._replace(type=model.types[kind], score=chance)
                found[given.document[row]].append(said)
    return [Annotations(pairs=pairs) for pairs in found]
