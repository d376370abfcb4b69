"""What is said of a formula that known ones are compared with, as `retort similar` tells it.

Only the standard library is imported, so that `retort --help` stays quick.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retort.asking import Answer


@dataclass(frozen=True, kw_only=True)
class Alike(Answer):
    """The known formulas that are nearest to one, the nearest first.

    Attributes:
        hits: what is told of each: `rank, formula, id, prototype, distance`, its ranks by other rules, which elements
            were `exchanged`, and what was measured.
        searched: how many formulas have a rank.
        itself: what was measured of the formula itself; None where the pool does not have it.
        prototype: of the user's crystal.
    """

    hits: tuple[dict, ...] = ()
    searched: int = 0
    itself: dict | None = None
    prototype: str | None = None

    def told(self) -> dict:
        about = {"searched": self.searched, "itself": self.itself, "prototype": self.prototype}
        return about | {"similar": list(self.hits)}

    def rows(self) -> list[dict[str, str]]:
        """A row for each hit, whose formula is called `similar`, as the asked one has its own column."""
        return [
            {"similar" if name == "formula" else name: _cell(value) for name, value in hit.items()}
            for hit in self.hits
        ]

    def lines(self) -> Iterator[str]:
        told = [f"{self.searched} formulas are searched"]
        if self.itself is None:
            told.append("it is none of them")
        else:
            measured = [f"{name} {value:.3g}" for name, value in self.itself.items() if value is not None]
            told.append("it is in the pool" + (f", with {' and '.join(measured)}" if measured else ""))
        told += [f"prototype of the crystal: {self.prototype}"] if self.prototype else []
        yield f"{self.given.text}  ({'; '.join(told)})"
        shown = [tuple(_shown(value) for value in hit.values()) for hit in self.hits]
        yield from aligned([tuple(self.hits[0]), *shown] if self.hits else [])


def columns(answers: Sequence[Alike]) -> list[str]:
    """The columns of a table with these answers: only of a structure there is a rank by it."""
    return list(dict.fromkeys(name for answer in answers for row in answer.rows()[:1] for name in row))


def aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Lines of a table whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
