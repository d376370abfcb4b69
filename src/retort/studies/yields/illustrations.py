"""What only pictures need: predictions beside yields."""

import polars as pl

from retort.runs import Run
from retort.sealed import read_table
from retort.studies.yields.judged import Judged
from retort.studies.yields.tables import ILLUSTRATIONS

PARITY = ("forest", "boosting", "mpnn", "uam")


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`: `parity` of seed 0 of some systems, for all test reactions."""
    rows = []
    for run in runs:
        if run.variant in PARITY and run.seed == 0:
            test = Judged.of(run.read("predictions"), read_table(run.inputs.prepared), "test")
            sigma = [None] * len(test) if test.sigma is None else test.sigma.tolist()
            columns = zip(test.ids, test.truth.tolist(), test.mean.tolist(), sigma, strict=True)
            rows += [(run.dataset, run.split, run.variant, *row) for row in columns]
    return {"parity": pl.DataFrame(rows, schema=ILLUSTRATIONS["parity"], orient="row")}
