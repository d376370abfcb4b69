"""A pool of known formulas that answers which of them are most like a new one."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from retort.asking import AskError, finished_runs, model_hint, project, read_run, runs, usable
from retort.chemistry.composition import ATOMIC_NUMBER, parse
from retort.runs import RunInputs
from retort.studies.discovery.data import Materials, read
from retort.studies.discovery.query import Query, amounts_rows
from retort.studies.discovery.recall import Space, cumulated
from retort.studies.discovery.represent import block, element_vectors, fractions, vectors
from retort.studies.discovery.text import counted

STUDY, ANSWERING = "discovery", "recall"
COMPOSITION, TEXT, STRUCTURE = "composition", "text", "structure"
MAT2VEC = "mat2vec"
DECIMALS = 5  # of features of the structure, which are in single precision
# What a rank beside the first one is called.
TITLES = {COMPOSITION: "rank by ElMD", MAT2VEC: "rank by mat2vec", STRUCTURE: "rank by structure"}
DISTANCES = {
    COMPOSITION: "ElMD: how far atoms move along the Mendeleev number",
    TEXT: "cosine distance of counted words, 0 to 2",
    STRUCTURE: "cosine distance of 82 features of the structure, 0 to 2",
}
# What is told of a hit besides how near it is, where the pool knows it.
KNOWN = {"zT": "zt", "power factor": "power_factor"}


@dataclass(frozen=True)
class Pool:
    """The formulas that a recall searched.

    Attributes:
        materials: one row a formula.
        inputs: tables and views of the recall.
        record: its run.json.
        folder: where it lies.
    """

    materials: Materials
    inputs: RunInputs
    record: dict
    folder: Path

    @classmethod
    def best(cls, folder: Path | None = None) -> "Pool":
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
            raise AskError(f"{which}. Hint: make one with: {model_hint('similar')}")

        def standing(each: tuple[Path, dict]) -> tuple:
            prepared = (project(*each) or Path()) / each[1]["inputs"]["prepared"]
            return each[1]["generated"], -prepared.stat().st_size if prepared.exists() else 0, each[0]

        at, record = min(able, key=standing)
        inputs = inputs_of(at, record)
        with usable(STUDY, at):
            return cls(read(inputs.prepared, inputs.split, None), inputs, record, at)

    @cached_property
    def ids(self) -> dict[str, str]:
        """The formula of each id."""
        return dict(self.materials.table.select("id", "formula").iter_rows())

    @cached_property
    def amounts(self) -> np.ndarray:
        """(N, 119) atomic fractions."""
        with usable(STUDY, self.folder):
            return fractions(self.materials, self.inputs)

    def description(self) -> dict:
        """Which pool answers, for programs."""
        names = ("study", "dataset", "split", "variant", "generated")
        told = {name: self.record[name] for name in names}
        return told | {"runs": [self.folder.as_posix()], "formulas": len(self.materials)}

    def similar(self, query: Query, count: int, by: str = COMPOSITION) -> tuple[list[dict], list[str]]:
        """The nearest formulas, and what must be said of the question; the formula itself is none of them.

        Beside the rank stands that by other rules: by composition that of mat2vec, and that of the structure where one
        was given; by text or structure that of ElMD.

        Args:
            by: `composition`, `text` or `structure`.

        Raises:
            AskError: nothing is known of the query's text or structure.
        """
        same = (self.materials.table["composition"] == query.composition).to_numpy()
        others = [COMPOSITION]
        if by == COMPOSITION:
            others = [MAT2VEC, STRUCTURE] if query.has_structure else [MAT2VEC]
        far = self.distances(by, query)
        beside = {TITLES[other]: _ranks(self.distances(other, query), same) for other in others}
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
        return hits, self._notes(query, by, same, int((ranks > 0).sum()))

    def distances(self, by: str, query: Query) -> np.ndarray:
        """(N,) how far each formula is from the query; NaN where it is not known."""
        with usable(STUDY, self.folder):
            if by == STRUCTURE:
                every = self._structures(query)
            elif by == TEXT:
                every = self._texts(query)
            else:
                every = np.concatenate([self.amounts, amounts_rows([query.amounts])])
            if by == COMPOSITION:
                space = Space(cumulated(every), "cityblock")
            else:
                if by == MAT2VEC:
                    every = every @ element_vectors(self.record["settings"]["elements"], self.inputs)
                known = np.flatnonzero(np.isfinite(every[:-1]).all(axis=1))
                space = Space(block(by, every, known), "cosine")  # centred, as the recall by this is
            rows = np.arange(len(every))
            return space.distances(rows[-1:], rows[:-1])[0]

    def _structures(self, query: Query) -> np.ndarray:
        """(N + 1, 82) of the pool, and of the query."""
        settings, seed = self.record["settings"], self.record["seed"]
        found = vectors(STRUCTURE, self.materials, self.inputs, settings, seed, searched=True)
        if query.crystal is None:
            own = found[self._place(query, STRUCTURE)]
        else:
            from retort.chemistry.structure_features import features

            own = features(query.crystal).astype(np.float64)
        # Of crystals that are all symmetric, a feature may differ by single precision alone: that is no difference.
        return np.round(np.concatenate([found, own[None]]), DECIMALS)

    def _texts(self, query: Query) -> np.ndarray:
        """(N + 1, W) of the descriptions of the pool, NaN where there is none, and of that of the query."""
        texts = self.materials.texts(self.inputs.features.get("descriptions"), TEXT)
        known = np.flatnonzero([text is not None for text in texts])
        if query.crystal is None:
            own = texts[self._place(query, TEXT)]
            if own is None:
                raise AskError(f"{query.name}: the pool has no description of it. Hint: --crystal file.cif")
        else:
            own = self._described(query)
        written = [text or "" for text in (texts[row] for row in known)]
        found = counted([*written, own], np.arange(len(known)), self.record["settings"]["width"])
        every = np.full((len(texts) + 1, found.shape[1]), np.nan)
        every[[*known, len(texts)]] = found
        return every

    def _described(self, query: Query) -> str:
        """What Robocrystallographer says of the user's crystal."""
        from retort.chemistry import robocrystallographer
        from retort.chemistry.descriptions import normalised

        crystal = query.crystal
        assert crystal is not None
        if self.record["generated"]:
            raise AskError(
                "the texts of this pool are of a template, which knows no crystal of yours. Hint: an id"
            )
        try:
            robocrystallographer.demand()
        except robocrystallographer.NoDescriberError as error:
            raise AskError(str(error)) from None
        return normalised(robocrystallographer.describe(crystal.lattice, crystal.numbers, crystal.positions))

    def _place(self, query: Query, what: str) -> int:
        """The row of the pool that has the query's composition."""
        rows = np.flatnonzero((self.materials.table["composition"] == query.composition).to_numpy())
        if not len(rows):
            raise AskError(
                f"{query.name}: it is outside the pool, so that its {what} is not known. Hint: --crystal file.cif, "
                f"or --by {COMPOSITION}, which needs only the formula"
            )
        return int(rows[0])

    def _notes(self, query: Query, by: str, same: np.ndarray, searched: int) -> list[str]:
        there = self.amounts.sum(axis=0) > 0
        unknown = [symbol for symbol in query.amounts if not there[ATOMIC_NUMBER[symbol]]]
        notes = [
            f"{searched} formulas of {self.record['dataset']} are searched",
            f"distance: {DISTANCES[by]}",
        ]
        if self.record["generated"]:
            notes.append("they are generated: what is told has nothing to do with chemistry")
        if query.crystal is not None:
            from retort.chemistry.symmetry import prototype

            notes.append(f"prototype of the crystal: {prototype(query.crystal)}")
        if unknown:
            notes.append(f"outside the pool: no formula of it has {', '.join(unknown)}")
        if same.any():
            notes.append(f"the formula itself is in the pool{self._measured(same)}")
        else:
            notes.append("outside the pool: it does not have the formula itself")
        if by == COMPOSITION and self.record["settings"]["elements"] != MAT2VEC:
            notes.append("elemental properties stand for mat2vec")
        return notes

    def _measured(self, same: np.ndarray) -> str:
        told = self.materials.table.row(int(np.flatnonzero(same)[0]), named=True)
        values = {name: told.get(column) for name, column in KNOWN.items()}
        found = [f"{name} {value:.3g}" for name, value in values.items() if value is not None]
        return f", with {' and '.join(found)}" if found else ""


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
