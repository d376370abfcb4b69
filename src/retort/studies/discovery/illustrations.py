"""What only pictures need: a map of described formulas as several systems see them."""

import hashlib

import numpy as np
import polars as pl

from retort.runs import Run
from retort.statistics.plane import plane
from retort.studies.discovery.data import read
from retort.studies.discovery.recall import DESCRIBED, pools, space
from retort.studies.discovery.tables import ILLUSTRATIONS

PANELS = ("recall-text", "recall-mat2vec", "recall-structure")
MOST = 1200  # formulas of a panel
COMPONENTS = 50  # that t-SNE sees


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`, of the first seed of each system."""
    maps = [_map(run) for name in PANELS for run in sorted(runs) if run.variant == name and run.seed == 0]
    return {"map": pl.concat([pl.DataFrame(schema=ILLUSTRATIONS["map"]), *maps])}


def _map(run: Run) -> pl.DataFrame:
    """One panel: some formulas that have a text, the same in all panels, in the plane."""
    materials = read(run.inputs.prepared, run.inputs.split, None)
    rows = pools(materials, run.inputs)[DESCRIBED]
    drawn = [hashlib.sha256(f"map:{materials.ids[row]}".encode()).hexdigest() for row in rows]
    rows = np.sort(rows[np.argsort(drawn, kind="stable")[:MOST]])
    points = space(materials, run.inputs, run.settings, run.seed).points[rows]
    # Distances on the unit sphere order as cosines do.
    points = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    _, spots = plane(points, components=COMPONENTS)
    return materials.table[rows].select(
        pl.lit(run.dataset).alias("dataset"),
        pl.lit(run.split).alias("split"),
        pl.lit(run.variant).alias("variant"),
        "id",
        "formula",
        "anion",
        "prototype",
        pl.col("host").fill_null(False),
        x=pl.Series(spots[:, 0]).round(3),
        y=pl.Series(spots[:, 1]).round(3),
    )
