"""A trained model that answers: what the command line and `from retort.models import Precursors` have in common."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, overload

from retort.asking.answers import Answer
from retort.asking.finished import Found, project, train_hint
from retort.asking.questions import Given
from retort.asking.tables import AskError

A = TypeVar("A", bound=Answer)


class Answering(Generic[A]):
    """All seeds of one variant at one place, which answer together.

    A subclass says how they are found (`best`, `of`) and how they answer (`answer`).

    Args:
        found: folder and run.json of each run.
    """

    STUDY: ClassVar[str]

    def __init__(self, found: Iterable[Found]):
        self.folders, self.records = map(tuple, zip(*found, strict=True))

    @overload
    def __call__(self, asked: str) -> A: ...  # type: ignore[overload-overlap]  # a str is an iterable of str
    @overload
    def __call__(self, asked: Iterable[str]) -> list[A]: ...
    def __call__(self, asked: str | Iterable[str]) -> A | list[A]:
        """What is said of one question, or of each of several; one that cannot be read has an `error`."""
        if isinstance(asked, str):
            return self.answer([Given(asked)])[0]
        return self.answer([Given(text) for text in asked])

    def answer(self, given: list[Given]) -> list[A]:
        """What is said of each row, in order."""
        raise NotImplementedError

    @cached_property
    def roots(self) -> tuple[Path, ...]:
        """The project of each run.

        Raises:
            AskError: the data that a run learned from are gone.
        """
        found = []
        for folder, record in zip(self.folders, self.records, strict=True):
            root = project(folder, record)
            if root is None:
                raise AskError(
                    f"{folder}: it cannot be used: {record['inputs']['prepared']} is gone from all folders "
                    f"above it. Hint: make it again with: {train_hint(self.STUDY)}"
                )
            found.append(root)
        return tuple(found)

    @property
    def tables(self) -> tuple[Path, Path]:
        """The prepared table and the split that all of them learned from."""
        inputs = self.records[0]["inputs"]
        return self.roots[0] / inputs["prepared"], self.roots[0] / inputs["split"]

    def origin(self) -> dict[str, Any]:
        """What answers and what it was trained on, for programs."""
        return {
            **{key: self.records[0][key] for key in ("study", "dataset", "split", "variant", "generated")},
            "runs": [folder.as_posix() for folder in self.folders],
        }

    def origin_in_words(self) -> str:
        """The same for people."""
        one, count = self.records[0], len(self.folders)
        seeds = f"{count} seeds" if count > 1 else "one seed"
        return f"{one['variant']} trained on {one['dataset']} ({one['split']}), {seeds}"
