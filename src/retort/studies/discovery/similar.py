"""A pool of known formulas that answers which of them are most like a new one."""

from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from retort.asking import (
    Answering,
    AskError,
    Found,
    Given,
    finished_runs,
    model_hint,
    project,
    read_run,
    runs,
    usable,
)
from retort.chemistry.composition import ATOMIC_NUMBER, parse
from retort.chemistry.crystal import Crystal
from retort.runs import RunInputs
from retort.studies.discovery.alike import Alike
from retort.studies.discovery.apart import COMPOSITION, MAT2VEC, STRUCTURE, TEXT, distances
from retort.studies.discovery.data import Materials, read
from retort.studies.discovery.query import Query
from retort.studies.discovery.query import read as read_query
from retort.studies.discovery.represent import fractions

STUDY, ANSWERING = "discovery", "recall"
COUNT = 20  # materials that are told
# What a rank beside the first one is called.
TITLES = {COMPOSITION: "rank by ElMD", MAT2VEC: "rank by mat2vec", STRUCTURE: "rank by structure"}
DISTANCES = {
    COMPOSITION: "ElMD: how far atoms move along the Mendeleev number",
    TEXT: "cosine distance of counted words, 0 to 2",
    STRUCTURE: "cosine distance of 82 features of the structure, 0 to 2",
}
# What is told of a hit besides how near it is, where the pool knows it.
KNOWN = {"zT": "zt", "power factor": "power_factor"}


class Pool(Answering[Alike]):
    """The formulas that a recall searched."""

    STUDY = STUDY

    @classmethod
    def best(cls) -> Self:
        """The largest pool of real materials before generated ones, one with descriptions before one without.

        Raises:
            AskError: there is no finished recall, or its data are gone.
        """
        able = [
            each
            for each in finished_runs(STUDY)
            if each[1]["settings"].get("method") == ANSWERING and project(*each) is not None
        ]
        if not able:
            raise AskError(
                f"no finished recall under {runs(STUDY)}. Hint: make one with: {model_hint('similar')}"
            )

        def standing(each: Found) -> tuple:
            prepared = (project(*each) or Path()) / each[1]["inputs"]["prepared"]
            told = "descriptions" in each[1]["inputs"]["features"]
            return each[1]["generated"], -prepared.stat().st_size, not told, each[0]

        return cls([min(able, key=standing)])

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The pool of a run that the user named.

        Raises:
            AskError: it is no recall.
        """
        record = read_run(STUDY, folder)
        if record["settings"].get("method") != ANSWERING:
            raise AskError(f"--run {folder} is no recall. Hint: make one with: {model_hint('similar')}")
        return cls([(folder, record)])

    @property
    def folder(self) -> Path:
        return self.folders[0]

    @property
    def record(self) -> dict:
        return self.records[0]

    @cached_property
    def inputs(self) -> RunInputs:
        """Tables and views of the recall."""
        return inputs_of(self.folder, self.record)

    @cached_property
    def materials(self) -> Materials:
        """One row a formula."""
        with usable(STUDY, self.folder):
            return read(self.inputs.prepared, self.inputs.split, None)

    @cached_property
    def ids(self) -> dict[str, str]:
        """The formula of each id."""
        return dict(self.materials.table.select("id", "formula").iter_rows())

    @cached_property
    def amounts(self) -> np.ndarray:
        """(N, 119) atomic fractions."""
        with usable(STUDY, self.folder):
            return fractions(self.materials, self.inputs)

    @property
    def description(self) -> dict:
        """Which pool answers, for programs."""
        return self.origin() | {"formulas": len(self.materials)}

    def notes(self, by: str = COMPOSITION) -> list[str]:
        """The same for people."""
        notes = [
            f"{len(self.materials)} formulas of {self.record['dataset']}; distance: {DISTANCES[by]}",
        ]
        if by == COMPOSITION and self.record["settings"]["elements"] != MAT2VEC:
            notes.append("elemental properties stand for mat2vec")
        if self.record["generated"]:
            notes.append("they are generated: what is told has nothing to do with chemistry")
        return notes

    def answer(
        self, given: list[Given], count: int = COUNT, by: str = COMPOSITION, crystal: Crystal | None = None
    ) -> list[Alike]:
        """The nearest formulas of each formula or id; what cannot be answered keeps its row, with the reason.

        Beside the rank stands that by other rules: by composition that of mat2vec, and that of the structure where one
        is known; by text or structure that of ElMD.

        Args:
            count: how many, at most; the formula itself is none of them.
            by: `composition`, `text` or `structure`.
            crystal: what is asked has this structure, instead of the pool's.

        Raises:
            AskError: tables or views of the recall are gone.
        """
        ids, _ = self.ids, self.amounts  # what is gone is no row's fault
        found = []
        for row, one in enumerate(given, start=1):
            try:
                found.append(self._alike(row, one, read_query(one.text, crystal, ids), count, by))
            except AskError as error:
                found.append(Alike(row=row, given=one, error=str(error)))
        return found

    def _alike(self, row: int, given: Given, query: Query, count: int, by: str) -> Alike:
        same = (self.materials.table["composition"] == query.composition).to_numpy()
        others = [COMPOSITION]
        if by == COMPOSITION:
            others = [MAT2VEC, STRUCTURE] if query.has_structure else [MAT2VEC]
        far = distances(self, by, query)
        beside = {TITLES[other]: _ranks(distances(self, other, query), same) for other in others}
        ranks = _ranks(far, same)
        # Unknown ones have no rank, which is 0, and are not shown.
        order = np.argsort(ranks, kind="stable")
        hits = []
        for place in order[ranks[order] > 0][:count].tolist():
            told = self.materials.table.row(place, named=True)
            hits.append(
                {
                    "rank": int(ranks[place]),
                    "formula": told["formula"],
                    "id": told["id"],
                    "prototype": told.get("prototype"),
                    "distance": float(far[place]),
                    **{title: int(rank[place]) or None for title, rank in beside.items()},
                    "exchanged": exchanged(query.amounts, parse(told["formula"])),
                    **{name: told.get(column) for name, column in KNOWN.items()},
                }
            )
        there = self.amounts.sum(axis=0) > 0
        unknown = [symbol for symbol in query.amounts if not there[ATOMIC_NUMBER[symbol]]]
        strange = f"outside what it knows: no formula of the pool has {', '.join(unknown)}"
        return Alike(
            row=row,
            given=given,
            warnings=(strange,) if unknown else (),
            hits=tuple(hits),
            searched=int((ranks > 0).sum()),
            itself=self._measured(same),
            prototype=None if query.crystal is None else _prototype(query.crystal),
        )

    def _measured(self, same: np.ndarray) -> dict | None:
        """What is known of the formula itself; None where the pool does not have it."""
        if not same.any():
            return None
        told = self.materials.table.row(int(np.flatnonzero(same)[0]), named=True)
        return {name: told.get(column) for name, column in KNOWN.items()}


def _prototype(crystal: Crystal) -> str:
    from retort.chemistry.symmetry import prototype

    return prototype(crystal)


def inputs_of(folder: Path, record: dict) -> RunInputs:
    """Tables and views that a run read, found from its project."""
    root, given = project(folder, record) or Path(), record["inputs"]
    features = {view: root / path for view, path in given["features"].items()}
    return RunInputs(root / given["prepared"], root / given["split"], features)


def exchanged(one: dict[str, float], other: dict[str, float]) -> str:
    """Which elements went and came, such as `Pb > Sn`; empty where the elements are the same."""
    gone, come = sorted(set(one) - set(other)), sorted(set(other) - set(one))
    return f"{' '.join(gone) or '-'} > {' '.join(come) or '-'}" if gone or come else ""


def _ranks(far: np.ndarray, same: np.ndarray) -> np.ndarray:
    """(N,) from 1 for the nearest; 0 for the formula itself and for what is not known."""
    chosen = np.flatnonzero(~same & np.isfinite(far))
    ranks = np.zeros(len(far), np.int64)
    ranks[chosen[np.argsort(far[chosen], kind="stable")]] = np.arange(1, len(chosen) + 1)
    return ranks
