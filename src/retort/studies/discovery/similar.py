"""A pool of known formulas that answers which of them are most like a new one."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retort.asking import AskError, finished_runs, project, read_run, runs, train_hint, usable
from retort.chemistry.composition import ATOMIC_NUMBER, FormulaError, key, parse
from retort.runs import RunInputs
from retort.studies.discovery.data import Materials, read
from retort.studies.discovery.recall import cumulated
from retort.studies.discovery.represent import HIGHEST_ELEMENT, block, element_vectors, fractions

STUDY, ANSWERING = "discovery", "recall"
# What is told of a hit besides how near it is, where the pool knows it.
KNOWN = {"zT": "zt", "power factor": "power_factor"}


@dataclass(frozen=True)
class Pool:
    """The formulas that a recall searched.

    Attributes:
        materials: one row a formula.
        amounts: (N, 119) atomic fractions.
        vectors: (119, F) of the elements; mat2vec, or what stands for it.
        record: run.json of the recall.
    """

    materials: Materials
    amounts: np.ndarray
    vectors: np.ndarray
    record: dict

    @classmethod
    def best(cls, folder: Path | None) -> "Pool":
        """The pool of a named run, else the largest one of real materials before generated ones.

        Raises:
            AskError: there is no finished recall, or its data are gone.
        """
        if folder is not None:
            able = [(folder, read_run(STUDY, folder))]
        else:
            able = [(at, record) for at, record in finished_runs(STUDY) if project(at, record) is not None]
        able = [(at, record) for at, record in able if record["settings"].get("method") == ANSWERING]
        if not able:
            which = f"--run {folder} is no recall" if folder else f"no finished recall under {runs(STUDY)}"
            raise AskError(f"{which}. Hint: make one with: {train_hint(STUDY)}")

        def standing(each: tuple[Path, dict]) -> tuple:
            root = project(*each) or Path()
            return each[1]["generated"], -(root / each[1]["inputs"]["prepared"]).stat().st_size, each[0]

        at, record = min(able, key=standing)
        root, given = project(at, record) or Path(), record["inputs"]
        inputs = RunInputs(
            root / given["prepared"],
            root / given["split"],
            {view: root / path for view, path in given["features"].items()},
        )
        with usable(STUDY, at):
            materials = read(inputs.prepared, inputs.split, None)
            vectors = element_vectors(record["settings"]["elements"], inputs)
            return cls(materials, fractions(materials, inputs), vectors, record)

    def description(self) -> dict:
        """Which pool answers, for programs."""
        return {
            **{name: self.record[name] for name in ("dataset", "generated")},
            "formulas": len(self.materials),
        }

    def similar(self, formula: str, count: int) -> tuple[list[dict], list[str]]:
        """The nearest formulas by ElMD, and what must be said of the question; the formula itself is none of them.

        Raises:
            AskError: it is no formula.
        """
        try:
            asked = parse(formula)
        except FormulaError as error:
            raise AskError(str(error)) from None
        row = np.zeros((1, HIGHEST_ELEMENT + 1))
        for symbol, amount in asked.items():
            row[0, ATOMIC_NUMBER[symbol]] = amount
        row /= row.sum()
        far = np.abs(cumulated(self.amounts) - cumulated(row)).sum(axis=1)
        places = np.argsort(np.argsort(self._away(row), kind="stable"), kind="stable") + 1
        same = (self.materials.table["composition"] == key(asked)).to_numpy()
        order = [int(place) for place in np.argsort(far, kind="stable") if not same[place]][:count]
        hits = []
        for rank, place in enumerate(order, start=1):
            told = self.materials.table.row(place, named=True)
            hits.append(
                {
                    "rank": rank,
                    "formula": told["formula"],
                    "id": told["id"],
                    "prototype": told.get("prototype"),
                    "ElMD": float(far[place]),
                    "rank by mat2vec": int(places[place] - same[places < places[place]].sum()),
                    "exchanged": exchanged(asked, parse(told["formula"])),
                    **{name: told.get(column) for name, column in KNOWN.items()},
                }
            )
        return hits, self._notes(asked, same)

    def _away(self, row: np.ndarray) -> np.ndarray:
        """(N,) cosine distance of centred vectors of the elements' means."""
        every = np.concatenate([self.amounts, row]) @ self.vectors
        points = block("mat2vec", every, np.arange(len(self.amounts)))
        points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
        return 1 - points[:-1] @ points[-1]

    def _notes(self, asked: dict[str, float], same: np.ndarray) -> list[str]:
        there = self.amounts.sum(axis=0) > 0
        unknown = [symbol for symbol in asked if not there[ATOMIC_NUMBER[symbol]]]
        notes = [f"{len(self.materials)} formulas of {self.record['dataset']} are searched"]
        if self.record["generated"]:
            notes.append("they are generated: what is told has nothing to do with chemistry")
        if unknown:
            notes.append(f"outside the pool: no formula of it has {', '.join(unknown)}")
        notes.append(
            "the formula itself is in the pool" if same.any() else "the formula itself is not in the pool"
        )
        if self.record["settings"]["elements"] != "mat2vec":
            notes.append("elemental properties stand for mat2vec")
        return notes


def exchanged(one: dict[str, float], other: dict[str, float]) -> str:
    """Which elements went and came, such as `Pb > Sn`; empty where the elements are the same."""
    gone, come = sorted(set(one) - set(other)), sorted(set(other) - set(one))
    return f"{' '.join(gone) or '-'} > {' '.join(come) or '-'}" if gone or come else ""
