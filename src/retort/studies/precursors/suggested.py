"""What is said of one target: known ones nearby, ranked sets, and how often such sets were right on validation."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from scipy.stats import binomtest

from retort.asking import Answer, likeness

LEVEL = 0.9  # of the intervals of shares


@dataclass(frozen=True)
class Share:
    """How often sets of one rank were right: the share of `n` validation targets, with its 90 % interval."""

    right: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, hits: int, n: int) -> "Share":
        ends = binomtest(hits, n).proportion_ci(LEVEL, method="wilson")
        return cls(hits / n, float(ends.low), float(ends.high), n)


@dataclass(frozen=True)
class Suggestion:
    """One proposed set.

    Attributes:
        precursors: readable formulas.
        right: how often sets of this rank were right; None where no target of valid had so many.
        origin: `retrieved` from a known target, `completed`, `composed` from the elements, or `common`.
        reference: formula of the known target that the set was copied from, or None.
        similarity: cosine with it, or None; `same`: it is the asked composition.
        dois: up to three papers on the reference, those that used the most of these precursors.
    """

    rank: int
    precursors: list[str]
    right: Share | None
    origin: str
    reference: str | None
    similarity: float | None
    same: bool
    dois: list[str]

    @property
    def text(self) -> str:
        return " + ".join(self.precursors)

    def line(self) -> str:
        words = f"{self.rank}. {self.text}"
        if self.right is not None:
            words += f"   right {self.right.right:.0%} ({self.right.low:.0%} to {self.right.high:.0%})"
        if self.reference is None or self.similarity is None:
            return f"{words}   ({self.origin})"
        papers = f"; doi {', '.join(self.dois)}" if self.dois else ""
        alike = likeness(self.similarity, self.same, 3)
        return f"{words}   ({self.origin}, as for {self.reference}, similarity {alike}{papers})"


@dataclass(frozen=True)
class Neighbour:
    """A known target near the asked one, or the `same` composition, with up to three papers on it."""

    target: str
    similarity: float
    same: bool
    dois: list[str]

    @property
    def shown(self) -> str:
        return likeness(self.similarity, self.same, 3)


@dataclass(frozen=True, kw_only=True)
class Target(Answer):
    """The nearest known targets of one target, and the suggested sets, each the best first."""

    nearest: tuple[Neighbour, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    def told(self) -> dict:
        return {
            "nearest": [asdict(one) for one in self.nearest],
            "suggestions": [asdict(one) for one in self.suggestions],
        }

    def added(self) -> dict[str, str]:
        cells = {"nearest": self.nearest[0].target, "similarity": self.nearest[0].shown}
        for one in self.suggestions:
            right = "" if one.right is None else f"{one.right.right:.3f}"
            cells |= {f"set_{one.rank}": one.text, f"right_{one.rank}": right}
        return cells

    def lines(self) -> Iterator[str]:
        yield self.given.text
        for one in self.nearest:
            dois = f"  doi {', '.join(one.dois)}" if one.dois else ""
            yield f"   near: {one.shown}  {one.target}{dois}"
        for suggestion in self.suggestions:
            yield suggestion.line()
