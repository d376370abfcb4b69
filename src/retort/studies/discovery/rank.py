"""Candidates in the order of how much their predicted properties are those of a query.

As in M. Qu et al., npj Comput. Mater. 10, 58 (2024): the mean over properties of |query - candidate| / |query|, both
predicted. Moduli, Debye temperature and expansion are logarithms there and here.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from retort.asking import Answer, AskError, Given, plain
from retort.chemistry.composition import ATOMIC_NUMBER, FormulaError, parse
from retort.studies.discovery.data import PROPERTIES
from retort.studies.discovery.query import ID
from retort.studies.discovery.ranking import compared, differences
from retort.studies.discovery.similar import Pool

if TYPE_CHECKING:
    from retort.studies.discovery.rankers import Rankers


@dataclass(frozen=True, kw_only=True)
class Ranked(Answer):
    """What is said of one material.

    Attributes:
        rank: from 1; None where nothing was ranked.
        difference: mean relative difference to the query.
        values, sigmas: of each property; sigma over seeds, None of a single run.
        intervals: the ends of the 90 % interval of each property; None where valid has too few rows of it.
        nearest: the labelled composition that is nearest by ElMD: formula, id, distance and its measured properties.
    """

    rank: int | None = None
    difference: float | None = None
    values: dict[str, float] | None = None
    sigmas: dict[str, float | None] | None = None
    intervals: dict[str, tuple[float, float] | None] | None = None
    nearest: dict | None = None

    def told(self) -> dict:
        names = ("rank", "difference", "values", "sigmas", "intervals", "nearest")
        return {name: getattr(self, name) for name in names}

    def added(self) -> dict[str, str]:
        """Its part of `use.ADDED`."""
        if self.error is not None:
            return {"error": self.error}
        assert self.values is not None
        assert self.sigmas is not None
        assert self.intervals is not None
        assert self.nearest is not None
        added = {} if self.rank is None else {"rank": str(self.rank)}
        added |= {} if self.difference is None else {"difference": f"{self.difference:.4f}"}
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
        near |= {"warning": "; ".join(self.warnings)} if self.warnings else {}
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


def rank(candidates: list[Given], like: str, rankers: Rankers) -> Ranking:
    """Rank candidates by the mean relative difference of their predicted properties to those of the query.

    Refused ones come last, with the reason.

    Raises:
        AskError: the query cannot be read or predicted, or there is no property to compare.
    """
    query, *rows = (replace(one, row=one.row - 1) for one in answers([Given(like), *candidates], rankers))
    if query.error is not None:
        raise AskError(f"--like {like}: {query.error}")
    good = [one for one in rows if one.error is None]
    wanted, *each = (np.array(list((one.values or {}).values())) for one in (query, *good))
    used = compared(wanted, rankers.spread())
    if not used.any():
        raise AskError(f"--like {like}: all its predicted properties are near zero. Hint: another query")
    far = differences(wanted, np.array([wanted, *each]), used)
    order = np.argsort(far[1:], kind="stable")
    ranked = [
        replace(good[place], rank=number, difference=float(far[1:][place]))
        for number, place in enumerate(order, start=1)
    ]
    left_out = [name for name, kept in zip(PROPERTIES, used, strict=True) if not kept]
    refused = [one for one in rows if one.error is not None]
    return Ranking(replace(query, difference=float(far[0])), left_out, ranked + refused)


def answers(given: list[Given], rankers: Rankers) -> list[Ranked]:
    """What is predicted of each formula or id, without a rank; what cannot be read keeps its row, with the reason."""
    reader = Reader(rankers)
    found: dict[int, Ranked] = {}
    asked: dict[int, dict[str, float]] = {}
    for row, one in enumerate(given, start=1):
        try:
            asked[row] = reader.amounts(one.text)
        except ValueError as error:
            found[row] = Ranked(row=row, given=one, error=str(error))
    if asked:
        compositions = list(asked.values())
        each_run = rankers.predict(compositions)
        mean = each_run.mean(axis=0)
        sigma = each_run.std(axis=0, ddof=1) if len(each_run) > 1 else None
        near, ends = rankers.nearest(compositions), rankers.intervals(mean)
        for place, row in enumerate(asked):
            far = near[place]["distance"] > rankers.edge
            doubts = [None] * len(PROPERTIES) if sigma is None else sigma[place].tolist()
            found[row] = Ranked(
                row=row,
                given=given[row - 1],
                warnings=(outside(rankers.edge),) if far else (),
                values=dict(zip(PROPERTIES, mean[place].tolist(), strict=True)),
                sigmas=dict(zip(PROPERTIES, doubts, strict=True)),
                intervals=dict(zip(PROPERTIES, ends[place], strict=True)),
                nearest=near[place],
            )
    return [found[row] for row in sorted(found)]


def outside(edge: float) -> str:
    """What is said of a formula that is unlike all that was learned from."""
    return (
        "outside what it knows: the nearest labelled formula is farther from it than for 99 of 100 rows of "
        f"validation (ElMD {edge:.2f})"
    )


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
            known |= Pool.best().ids
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
