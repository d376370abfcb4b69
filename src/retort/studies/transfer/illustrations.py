"""What only pictures need: a map of the test records as the models see them."""

import numpy as np
import polars as pl

from retort.runs import Run
from retort.statistics.plane import plane
from retort.studies.transfer.embeddings import PANELS, taught, views
from retort.studies.transfer.tables import ILLUSTRATIONS


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`: t-SNE of seed 0 at the first place that has all panels."""
    maps = [pl.DataFrame(schema=ILLUSTRATIONS["embedding_map"])]
    for run in taught(runs):
        panels = views(run, runs) if run.seed == 0 else {}
        if panels:
            records = run.read("predictions").filter(part="test")
            maps += [_map(run, records, name, panels[name]) for name in PANELS]
            break
    return {"embedding_map": pl.concat(maps)}


def _map(run: Run, records: pl.DataFrame, panel: str, vectors: np.ndarray) -> pl.DataFrame:
    """The rows of one panel: `vectors` (N, W) of the N `records` in the plane."""
    _, points = plane(vectors)
    return records.select(
        pl.lit(run.dataset).alias("dataset"),
        pl.lit(run.split).alias("split"),
        pl.lit(panel).alias("panel"),
        "id",
        x=pl.Series(points[:, 0]).round(3),
        y=pl.Series(points[:, 1]).round(3),
        value="value",
    )
