"""What only pictures need: how yields are spread that no run learns from."""

import polars as pl

from retort.runs import Run
from retort.studies.yields import patents
from retort.studies.yields.tables import ILLUSTRATIONS


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`."""
    rows = list(patents.histograms(patents.lent(runs)))
    return {"histograms": pl.DataFrame(rows, schema=ILLUSTRATIONS["histograms"], orient="row")}
