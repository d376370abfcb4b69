"""What is found in texts, as a table: a row for each entity, relation and group of places of the same thing.

Only the standard library is imported, so that `retort --help` stays quick.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retort import asking

if TYPE_CHECKING:
    from retort.studies.scitext.extract import Answer, Found
    from retort.studies.scitext.trust import Right

# What is found (an entity, a relation, the same), its type, its words or those of its head, those of its tail, what the
# run gives its answer, how often such answers were right, its sentence, its characters, and its words that no training
# document has.
COLUMNS = ("found", "type", "words", "tail", "score", "right", "sentence", "start", "end", "unseen")
BETWEEN = " = "  # the places of the same thing


@dataclass(frozen=True, kw_only=True)
class Told(asking.Answer):
    """The answer to a row of the user's table, or to a file."""

    found: "Answer"

    def told(self) -> dict:
        """What is answered, for programs."""
        apart = ("file", "notes")
        return {name: value for name, value in self.found.to_json().items() if name not in apart}

    def rows(self) -> list[dict[str, str]]:
        """A row for each finding, with `COLUMNS`; characters count from 0 in the text, the last one is not within."""
        entities = [
            _place(one.at)
            | {"found": "entity", "type": one.type, "words": one.at.text, "sentence": str(one.sentence)}
            | _sure(one.score, one.right)
            | {"unseen": " ".join(one.unseen)}
            for one in self.found.entities
        ]
        relations = [
            _place(one.head)
            | {"found": "relation", "type": one.type, "words": one.head.text, "tail": one.tail.text}
            | _sure(one.score, one.right)
            for one in self.found.relations
        ]
        same = [
            _place(cluster[0]) | {"found": "the same", "words": BETWEEN.join(one.text for one in cluster)}
            for cluster in self.found.clusters
        ]
        return [*entities, *relations, *same]

    def lines(self) -> Iterator[str]:
        """What is answered, for people."""
        return self.found.lines()


def _place(at: "Found") -> dict[str, str]:
    start, end = map(str, at.characters)
    return {"start": start, "end": end}


def _sure(score: float, right: "Right | None") -> dict[str, str]:
    return {"score": f"{score:.2f}", "right": "" if right is None else f"{right.share:.2f}"}
