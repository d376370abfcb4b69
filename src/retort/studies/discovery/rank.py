"""Candidates in the order of how much their predicted properties are those of a query.

As in M. Qu et al., npj Comput. Mater. 10, 58 (2024): the mean over properties of |query - candidate| / |query|, both
predicted. Moduli, Debye temperature and expansion are logarithms there and here.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from retort.asking import AskError, plain
from retort.chemistry.composition import ATOMIC_NUMBER, FormulaError, parse
from retort.studies.discovery.candidates import Candidate
from retort.studies.discovery.data import PROPERTIES
from retort.studies.discovery.query import ID
from retort.studies.discovery.rankers import Rankers
from retort.studies.discovery.ranking import compared, differences
from retort.studies.discovery.similar import Pool


@dataclass(frozen=True)
class Ranked:
    """What is said of one candidate.

    Attributes:
        rank: from 1; None where it was refused.
        difference: mean relative difference to the query.
        values, sigmas: of each property; sigma over seeds, None of a single run.
        intervals: the ends of the 90 % interval of each property; None where valid has too few rows of it.
        nearest: the labelled composition that is nearest by ElMD: formula, id, distance and its measured properties.
        error: why it was refused.
    """

    candidate: Candidate
    rank: int | None = None
    difference: float | None = None
    values: dict[str, float] | None = None
    sigmas: dict[str, float | None] | None = None
    intervals: dict[str, tuple[float, float] | None] | None = None
    nearest: dict | None = None
    error: str | None = None

    def to_json(self) -> dict:
        """For programs."""
        own = {"row": self.candidate.row, "candidate": self.candidate.text}
        own |= {"columns": self.candidate.cells} if self.candidate.cells else {}
        if self.error is not None:
            return own | {"error": self.error}
        names = ("rank", "difference", "values", "sigmas", "intervals", "nearest")
        return own | {name: getattr(self, name) for name in names}

    def to_cells(self) -> dict[str, str]:
        """For a table: the cells of `use.ADDED`."""
        if self.error is not None:
            return {"error": self.error}
        assert self.values is not None
        assert self.sigmas is not None
        assert self.intervals is not None
        assert self.nearest is not None
        added = {"rank": str(self.rank), "difference": f"{self.difference:.4f}"}
        for name in PROPERTIES:
            sigma = self.sigmas[name]
            low, high = ("", "") if (ends := self.intervals[name]) is None else (f"{end:.4f}" for end in ends)
            added |= {
                name: f"{self.values[name]:.4f}",
                f"{name}_sigma": "" if sigma is None else f"{sigma:.4f}",
                f"{name}_low": low,
                f"{name}_high": high,
            }
        near = {"nearest": self.nearest["formula"], "nearest_distance": f"{self.nearest['distance']:.2f}"}
        return added | near


@dataclass(frozen=True)
class Ranking:
    """The answer to a table of candidates: the query's own prediction, and each candidate, the nearest first.

    Attributes:
        query: its `values`, `sigmas` and `nearest`.
        left_out: properties of which the query has next to nothing, so that no difference is relative to it.
    """

    query: Ranked
    left_out: list[str]
    rows: list[Ranked]


def rank(candidates: list[Candidate], like: str, rankers: Rankers) -> Ranking:
    """Rank candidates by the mean relative difference of their predicted properties to those of the query.

    Refused ones come last, with the reason.

    Raises:
        AskError: the query cannot be read or predicted, or there is no property to compare.
    """
    reader = Reader(rankers)
    try:
        asked = {0: reader.amounts(like)}
    except ValueError as error:
        raise AskError(f"--like {like}: {error}") from None
    refused = []
    for each in candidates:
        try:
            asked[each.row] = reader.amounts(each.text)
        except ValueError as error:
            refused.append(Ranked(each, error=str(error)))
    compositions = list(asked.values())
    each_run = rankers.predict(compositions)
    mean = each_run.mean(axis=0)
    sigma = each_run.std(axis=0, ddof=1) if len(each_run) > 1 else None
    near = rankers.nearest(compositions)
    used = compared(mean[0], rankers.spread())
    if not used.any():
        raise AskError(f"--like {like}: all its predicted properties are near zero. Hint: another query")
    far = differences(mean[0], mean, used)
    ends = rankers.intervals(mean)

    def told(candidate: Candidate, place: int, rank: int | None) -> Ranked:
        values = dict(zip(PROPERTIES, mean[place].tolist(), strict=True))
        doubts = [None] * len(PROPERTIES) if sigma is None else sigma[place].tolist()
        return Ranked(
            candidate,
            rank,
            float(far[place]),
            values,
            dict(zip(PROPERTIES, doubts, strict=True)),
            dict(zip(PROPERTIES, ends[place], strict=True)),
            near[place],
        )

    of_row = {each.row: each for each in candidates}
    rows = list(asked)
    order = [int(place) for place in np.argsort(far, kind="stable") if place > 0]
    ranked = [told(of_row[rows[place]], place, number) for number, place in enumerate(order, start=1)]
    left_out = [name for name, kept in zip(PROPERTIES, used, strict=True) if not kept]
    return Ranking(told(Candidate(0, like), 0, None), left_out, ranked + refused)


class Reader:
    """Reads formulas and ids of what the rankers or the pool of a recall know.

    Args:
        rankers: which elements can be predicted.
    """

    def __init__(self, rankers: Rankers):
        self.rankers = rankers
        self.elements = rankers.elements

    @cached_property
    def ids(self) -> dict[str, str]:
        """The formula of each id; read once something is no formula."""
        known: dict[str, str] = {}
        with suppress(AskError):  # without a recall the rankers' own ids are there
            known |= Pool.best(None).ids
        for materials in self.rankers.materials:
            known |= dict(materials.table.select("id", "formula").iter_rows())
        return known

    def amounts(self, text: str) -> dict[str, float]:
        """The composition of a formula or an id.

        Raises:
            ValueError: it cannot be read, or has an element that no labelled material has.
        """
        try:
            read = parse(plain(text))
        except FormulaError:
            if text not in self.ids and ID.fullmatch(text):
                raise ValueError(
                    "neither the model's materials nor the pool of `retort similar` has this id. Hint: the formula"
                ) from None
            if text not in self.ids:
                raise
            read = parse(self.ids[text])
        strange = sorted(set(read) - self.elements, key=ATOMIC_NUMBER.__getitem__)
        if strange:
            raise ValueError(
                f"{', '.join(strange)} occurs in none of the materials that the model learned from"
            )
        return read
