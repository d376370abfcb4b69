"""Which formulas of a pool are most like a query: by vectors, by elements, or by what any chemist would try first."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from retort.chemistry import magpie
from retort.runs import RunInputs
from retort.studies.discovery.data import PREDICTIONS_SCHEMA, Materials, filled
from retort.studies.discovery.represent import HIGHEST_ELEMENT, block, fractions, vectors
from retort.training.run import Outcome, RunContext

ALL, LATER, DESCRIBED = "all", "later", "described"
FIRST_LATER = 2013  # a host first measured in this year or later could have been a discovery
FARTHEST = 2.0  # cosine distance of opposite vectors
_MENDELEEV = magpie.PROPERTIES.index("mendeleev_number")


@dataclass(frozen=True)
class Space:
    """Where formulas lie: `points` (N, W), NaN where one is not known, and how far two of them are apart.

    Attributes:
        metric: `cosine` or `cityblock`, as scipy has them.
    """

    points: np.ndarray
    metric: str

    @property
    def known(self) -> np.ndarray:
        """(N,) bool."""
        return np.isfinite(self.points).all(axis=1)

    def distances(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(R, M) of some rows to others; NaN where one is not known. What lies at the origin is far from all."""
        from scipy.spatial.distance import cdist

        far = cdist(self.points[rows], self.points[others], self.metric)
        both = self.known[rows][:, None] & self.known[others][None]
        return np.where(both, np.where(np.isnan(far), FARTHEST, far), np.nan)


def run(materials: Materials, inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """The nearest formulas of each query, in three pools: all, those not measured before 2013, and those with a text.

    No label is seen, and nothing is trained. Queries are in no list. A system that does not know all formulas has the
    list of described ones alone.

    Raises:
        ValueError: there is no query.
    """
    chosen = settings["recall"]
    queries = np.flatnonzero(materials.table["query"].to_numpy())
    if not len(queries):
        raise ValueError("no row is a `query`. Hint: see the reader of this data set.")
    far = distances(materials, inputs, settings, context.seed, queries)
    lists = [
        (pool, rows, chosen["described" if pool == DESCRIBED else "length"])
        for pool, rows in pools(materials, inputs).items()
        if np.isfinite(far[:, rows]).all()
    ]
    formulas = materials.table["formula"].to_list()
    tables = []
    for number, query in enumerate(queries):
        for pool, rows, length in lists:
            nearest = rows[np.argsort(far[number, rows], kind="stable")[:length]]
            tables.append(
                materials.table[nearest].select(
                    "id",
                    "part",
                    property=pl.lit(formulas[query]),
                    pool=pl.lit(pool),
                    prediction=pl.Series(far[number, nearest]),
                    rank=pl.Series(np.arange(1, len(nearest) + 1)),
                )
            )
    found = filled(pl.concat(tables)) if tables else pl.DataFrame(schema=PREDICTIONS_SCHEMA)
    return Outcome({}, found, facts={"pools": [pool for pool, *_ in lists], "queries": len(queries)})


def pools(materials: Materials, inputs: RunInputs) -> dict[str, np.ndarray]:
    """What is searched, as ascending row numbers by name; no query is among them."""
    query, host = (materials.table[name].fill_null(False).to_numpy() for name in ("query", "host"))
    later = is_later(materials.table).to_numpy()
    told = pl.read_parquet(inputs.features["described"] / "ids.parquet")["id"]
    described = materials.table["id"].is_in(told.implode()).to_numpy()
    chosen = {ALL: ~query, LATER: ~query & (~host | later), DESCRIBED: ~query & described}
    return {pool: np.flatnonzero(rows) for pool, rows in chosen.items()}


def is_later(table: pl.DataFrame) -> pl.Series:
    """Of each formula whether it is a host first measured in `FIRST_LATER` or later; unknown years are not."""
    later = pl.col("host").fill_null(False) & (pl.col("first_year") >= FIRST_LATER).fill_null(False)
    return table.select(later=later)["later"]


def distances(
    materials: Materials, inputs: RunInputs, settings: dict, seed: int, queries: np.ndarray
) -> np.ndarray:
    """(Q, N) how far each formula is from each query; NaN where it is not known.

    By `cosine` of vectors, by `elmd`, or first by what is shared (`anion`, `prototype`, `elements`) and then by `elmd`;
    `random` draws.
    """
    by = settings["recall"]["by"]
    if by == "random":
        return np.random.default_rng(seed).random((len(queries), len(materials)))
    place = space(materials, inputs, settings, seed)
    every = np.arange(len(materials))
    far = place.distances(queries, every)
    if by in ("cosine", "elmd"):
        return far
    # Whoever shares more comes first, however far: ElMD is at most the number of Mendeleev numbers.
    return far + HIGHEST_ELEMENT * _unshared(by, materials, inputs, queries)


def space(materials: Materials, inputs: RunInputs, settings: dict, seed: int) -> Space:
    """Where the formulas lie for a system that compares by cosine; for all others that of ElMD."""
    chosen = settings["recall"]
    if chosen["by"] != "cosine":
        return Space(cumulated(fractions(materials, inputs)), "cityblock")
    blocks = []
    for name in settings["reads"]:
        found = vectors(name, materials, inputs, settings, seed, searched=True)
        known = np.flatnonzero(np.isfinite(found).all(axis=1))
        blocks.append(found if chosen["centre"] == "raw" else block(name, found, known))
    points = np.concatenate(blocks, axis=1)
    if chosen["centre"] == "whitened":
        points = whitened(points, chosen["components"])
    return Space(points, "cosine")


def cumulated(amounts: np.ndarray) -> np.ndarray:
    """Atomic fractions (N, 119) summed along the Mendeleev number, (N, 103).

    The city-block distance of two rows is the element movers' distance (C. J. Hargreaves et al., Chem. Mater. 32,
    10610, 2020): how far atoms must move along that number to make one composition of the other. Elements beyond
    lawrencium count as lawrencium.
    """
    numbers = magpie.filled()[:, _MENDELEEV].round().astype(np.int64)
    last = len(numbers)
    along = np.zeros((len(amounts), int(numbers.max()) + 1))
    np.add.at(along.T, numbers, amounts[:, 1 : last + 1].T)
    along[:, numbers[-1]] += amounts[:, last + 1 :].sum(axis=1)
    return along.cumsum(axis=1)


def whitened(points: np.ndarray, components: int) -> np.ndarray:
    """The leading principal components (N, at most `components`) of known points, each of variance one."""
    known = np.isfinite(points).all(axis=1)
    centred = points - points[known].mean(axis=0)
    _, lengths, axes = np.linalg.svd(centred[known], full_matrices=False)
    count = min(components, int((lengths > 1e-9 * lengths[0]).sum()))
    return centred @ axes[:count].T / lengths[:count] * np.sqrt(known.sum())


def _unshared(by: str, materials: Materials, inputs: RunInputs, queries: np.ndarray) -> np.ndarray:
    """(Q, N) 0 where all is shared, 1 where nothing is; of elements one less the share of both that both have."""
    if by == "elements":
        there = fractions(materials, inputs) > 0
        both = (there[queries].astype(float) @ there.T.astype(float)).round()
        either = there[queries].sum(axis=1)[:, None] + there.sum(axis=1)[None] - both
        return 1 - both / either
    names = materials.table[by].fill_null("").to_numpy()
    return (names[queries][:, None] != names[None]).astype(float)


def neighbours(place: Space, rows: np.ndarray, count: int) -> np.ndarray:
    """(R, count) of each of some rows its nearest others among them, as positions in `rows`."""
    found = [_nearest(far, start, count) for start, far in _chunks(place, rows)]
    return np.concatenate(found)


def _chunks(place: Space, rows: np.ndarray, size: int = 512) -> Iterator[tuple[int, np.ndarray]]:
    for start in range(0, len(rows), size):
        yield start, place.distances(rows[start : start + size], rows)


def _nearest(far: np.ndarray, start: int, count: int) -> np.ndarray:
    own = np.arange(len(far))
    far[own, start + own] = np.inf  # none is its own neighbour
    return np.argsort(far, axis=1, kind="stable")[:, :count]
