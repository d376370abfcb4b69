"""Who lies next to whom: do neighbours share a group, and do two systems agree on them? Numbers beside the map."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from retort.runs import Run
from retort.statistics.components import over_items
from retort.studies.discovery.data import Materials, read
from retort.studies.discovery.recall import DESCRIBED, neighbours, pools, space

GROUPS = ("anion", "prototype")
NEAREST = 10
Rows = Iterator[tuple]


@dataclass(frozen=True)
class Neighbourhoods:
    """The nearest neighbours that several systems give the formulas that have a text.

    Attributes:
        materials: of the pool.
        rows: (R,) the formulas that have a text.
        near: by system, (R, `NEAREST`) positions in `rows`.
    """

    materials: Materials
    rows: np.ndarray
    near: dict[str, np.ndarray]

    @classmethod
    def of(cls, runs: list[Run]) -> "Neighbourhoods":
        """Of the runs of one place with seed 0 that compare formulas by a distance; others have no neighbours."""
        inputs = runs[0].inputs
        materials = read(inputs.prepared, inputs.split, None)
        rows, near = pools(materials, inputs)[DESCRIBED], {}
        for run in sorted(run for run in runs if run.seed == 0):
            if run.settings["recall"]["by"] in ("cosine", "elmd") and len(rows) > NEAREST:
                place = space(materials, run.inputs, run.settings, run.seed)
                if place.known[rows].all():
                    near[run.variant] = neighbours(place, rows, NEAREST)
        return cls(materials, rows, near)

    def purity(self, against: str) -> Rows:
        """`variant, against, group, chance, value, low, high, se, df, n`: the share of neighbours of the same group.

        Each system by itself, then its difference to the one called `against`, formula by formula. Formulas of no known
        group are neighbours of no one's group, and have no share of their own.
        """
        for group in GROUPS:
            names = self.materials.table[group].gather(self.rows).to_list()
            labelled = np.array([name is not None for name in names])
            _, kind = np.unique([name or "" for name in names], return_inverse=True)
            sizes = np.bincount(kind[labelled])
            pairs = max(int(labelled.sum()) * (len(names) - 1), 1)
            chance = float((sizes * (sizes - 1)).sum() / pairs)  # of one of the others, drawn at random
            shares = {
                variant: ((kind[found] == kind[:, None]) & labelled[found]).mean(axis=1)[labelled]
                for variant, found in self.near.items()
            }
            for variant, share in shares.items():
                yield variant, None, group, chance, *_level(share)
                if against in shares and variant != against:
                    yield variant, against, group, 0.0, *_level(share - shares[against])

    def overlap(self) -> Rows:
        """`first, second, chance, value, low, high, se, df, n`: the share of neighbours that two systems agree on."""
        chance = NEAREST / max(len(self.rows) - 1, 1)
        for first, ours in self.near.items():
            for second, theirs in self.near.items():
                if first < second:
                    shared = (ours[:, :, None] == theirs[:, None, :]).any(axis=2).mean(axis=1)
                    yield first, second, chance, *_level(shared)


def _level(values: np.ndarray) -> tuple:
    """`value, low, high, se, df, n` of the mean of items (N,)."""
    level = over_items(values)
    return level.value, level.low, level.high, level.se, level.df, level.n_items
