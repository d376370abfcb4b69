"""How often what a run finds is right, by its validation documents: a score alone says what the run gives itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from retort.studies.scitext.data import Annotations

ALIKE = 50  # findings on validation that are asked, those with the nearest scores
LEAST = 10  # of so few nothing is said


class Right(NamedTuple):
    """Of `of` findings on validation with such a score, `right` were annotated so."""

    right: int
    of: int

    @property
    def share(self) -> float:
        return self.right / self.of


@dataclass(frozen=True)
class Trust:
    """The findings of one kind on validation.

    Attributes:
        scores: of each, ascending; `right` whether it is annotated so, span, direction and type.
    """

    scores: Sequence[float]
    right: Sequence[bool]

    @classmethod
    def of(cls, kind: str, gold: Sequence[Annotations], said: Sequence[Annotations]) -> "Trust":
        """What a run said of documents, and what is annotated there.

        Args:
            kind: `entities` or `relations`.
        """
        judged = []
        for truth, answer in zip(gold, said, strict=True):
            known = {one[:-1] for one in getattr(truth, kind)}
            judged += [(one.score, one[:-1] in known) for one in getattr(answer, kind)]
        judged.sort()
        return cls([score for score, _ in judged], [right for _, right in judged])

    def __call__(self, score: float) -> Right | None:
        """How often the `ALIKE` findings were right whose scores are nearest; None where validation has too few.

        Findings of equal score stand together: none of them is asked without the others.
        """
        if len(self.scores) < LEAST:
            return None
        far = sorted(abs(each - score) for each in self.scores)[min(ALIKE, len(self.scores)) - 1]
        asked = [
            right for each, right in zip(self.scores, self.right, strict=True) if abs(each - score) <= far
        ]
        return Right(sum(asked), len(asked))
