"""Entities as tags of words: B at the first word of an entity, I at its others, O elsewhere, sentence by sentence.

Such tags cannot say that entities overlap. Of those that do the widest stays, as in SciBERT's copy of SciERC; the
others are lost to whoever learns from tags, and are counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from retort.studies.scitext.data import Document, Entity

OUTSIDE = 0


@dataclass(frozen=True)
class Scheme:
    """The tags of some types of entities: 0 is O, 1 + 2 t is B and 2 + 2 t is I of type t."""

    types: Sequence[str]

    @property
    def size(self) -> int:
        return 1 + 2 * len(self.types)

    @property
    def allowed(self) -> Tensor:
        """(T, T) bool: I of a type follows its B or I alone."""
        allowed = torch.ones(self.size, self.size, dtype=torch.bool)
        for inside in range(2, self.size, 2):
            allowed[:, inside] = False
            allowed[inside - 1 : inside + 1, inside] = True
        return allowed

    @property
    def first(self) -> Tensor:
        """(T,) bool: a sentence does not begin with I."""
        first = torch.ones(self.size, dtype=torch.bool)
        first[2::2] = False
        return first

    def encode(self, document: Document) -> tuple[list[np.ndarray], int]:
        """The tags of each sentence, (W,) int64, and how many entities they cannot say.

        Raises:
            ValueError: an entity of a type that the scheme does not have.
        """
        numbers = {name: 1 + 2 * place for place, name in enumerate(self.types)}
        tags = np.zeros(len(document.words), np.int64)
        lost = 0
        for entity in sorted(document.gold.entities, key=lambda one: (one.start - one.end, one)):
            if entity.type not in numbers:
                raise ValueError(
                    f"{document.id}: an entity of type {entity.type!r}, expected one of {', '.join(self.types)}. "
                    "Hint: the types of a scheme are those of train."
                )
            if tags[entity.start : entity.end].any():
                lost += 1
                continue
            tags[entity.start : entity.end] = numbers[entity.type] + 1
            tags[entity.start] = numbers[entity.type]
        return [tags[start:end] for start, end in document.bounds], lost

    def decode(self, tags: np.ndarray, probabilities: np.ndarray, offset: int) -> list[Entity]:
        """The entities of a sentence whose first word is the document's word `offset`.

        An I that continues nothing of its type begins an entity, as the CoNLL scorer has it.

        Args:
            tags, probabilities: (W,); the score of an entity is the least of its words'.
        """
        found: list[Entity] = []
        for place, (tag, chance) in enumerate(zip(tags.tolist(), probabilities.tolist(), strict=True)):
            word = offset + place
            if tag == OUTSIDE:
                continue
            kind = self.types[(tag - 1) // 2]
            if tag % 2 == 0 and found and found[-1].end == word and found[-1].type == kind:
                last = found[-1]
                found[-1] = last._replace(end=word + 1, score=min(last.score, chance))
            else:
                found.append(Entity(word, word + 1, kind, chance))
        return found
