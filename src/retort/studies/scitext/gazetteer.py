"""The simplest baseline: what was an entity in the training documents is one wherever it stands."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from retort.runs import RunInputs
from retort.studies.scitext.data import Annotations, Document, Entity, predictions, read
from retort.studies.scitext.readings import f1_of
from retort.studies.scitext.tagging import TARGET, only_entities
from retort.training.run import Outcome, RunContext

# A name counts where at least this share of its occurrences in training is annotated; valid chooses.
SHARES = (0.0, 0.25, 0.5, 0.75, 0.9)
Name = tuple[str, ...]


@dataclass(frozen=True)
class Gazetteer:
    """Names of entities.

    Attributes:
        names: words in lower case to the type that they most often have in training, and the share of their occurrences
            that have it.
        least: the share that a name must have.
    """

    names: Mapping[Name, tuple[str, float]]
    least: float = 0.0

    @classmethod
    def of(cls, documents: Iterable[Document]) -> "Gazetteer":
        """The names in documents."""
        types: dict[Name, Counter[str]] = {}
        every = list(documents)
        for document in every:
            words = _low(document)
            for entity in document.gold.entities:
                types.setdefault(tuple(words[entity.start : entity.end]), Counter())[entity.type] += 1
        widths = {len(name) for name in types}
        seen = Counter(
            name
            for document in every
            for start, end in document.bounds
            for _, _, name in _spans(_low(document), start, end, widths)
            if name in types
        )
        names = {}
        for name, counted in types.items():
            kind, count = min(counted.items(), key=lambda item: (-item[1], item[0]))
            names[name] = kind, count / seen[name]
        return cls(names)

    def annotate(self, document: Document) -> Annotations:
        """The longest names from left to right, sentence by sentence; their share is the score."""
        words = _low(document)
        widest = max((len(name) for name in self.names), default=0)
        found = []
        for start, end in document.bounds:
            place = start
            while place < end:
                for stop in range(min(place + widest, end), place, -1):
                    kind, share = self.names.get(tuple(words[place:stop]), ("", -1.0))
                    if share >= self.least:
                        found.append(Entity(place, stop, kind, share))
                        place = stop
                        break
                else:
                    place += 1
        return Annotations(entities=found)


def _low(document: Document) -> list[str]:
    return [word.lower() for word in document.words]


def _spans(
    words: Sequence[str], start: int, end: int, widths: Iterable[int]
) -> Iterator[tuple[int, int, Name]]:
    """`start, end, words` of all spans of some widths in a sentence."""
    for width in widths:
        for place in range(start, end - width + 1):
            yield place, place + width, tuple(words[place : place + width])


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Look the entities of valid and test up. Raises ValueError for another target."""
    only_entities(settings)
    documents = read(inputs.prepared, inputs.split)
    whole = Gazetteer.of(documents.of("train"))
    valid = documents.of("valid")

    def worth(least: float) -> float:
        said = [Gazetteer(whole.names, least).annotate(document) for document in valid]
        return f1_of(TARGET, [document.gold for document in valid], said)

    least = max(SHARES, key=worth) if valid else SHARES[0]
    chosen = Gazetteer(whole.names, least)
    predicted = documents.predicted
    said = [chosen.annotate(document) for document in predicted]
    return Outcome(
        {"least": torch.tensor(least)},
        predictions(predicted, said, TARGET),
        facts={"names": len(whole.names), "least_share": least},
    )


def restored(
    folder: Path, record: dict, inputs: RunInputs
) -> Callable[[Sequence[Document]], list[Annotations]]:
    """What a finished run says of documents; the names are read from its training documents again.

    Args:
        folder: of the run. `record`: its run.json.

    Raises:
        KeyError, ValueError, OSError: something lacks or is damaged.
    """
    names = Gazetteer.of(read(inputs.prepared, inputs.split).of("train")).names
    chosen = Gazetteer(names, record["facts"]["least_share"])
    return lambda documents: [chosen.annotate(document) for document in documents]
