"""How long a fit takes."""

import numpy as np
import polars as pl

from retort.runs import Run
from retort.studies.toy.data import read
from retort.studies.toy.train import fit
from retort.training.timing import fastest, one_thread

SCHEMA = {"quantity": pl.String, "value": pl.Float64, "unit": pl.String, "n": pl.Int64}


def measure(runs: list[Run]) -> pl.DataFrame:
    """Processor seconds of one fit on all rows of the first run: `quantity, value, unit, n`, where n counts rows."""
    alloys = read(runs[0].inputs, runs[0].settings["target"])
    prior = np.zeros(alloys.fractions.shape[1])
    with one_thread():
        seconds = fastest(lambda: fit(alloys.fractions, alloys.labels, prior, 1.0), repeats=3)
    return pl.DataFrame([("one fit", seconds, "s", len(alloys.labels))], schema=SCHEMA, orient="row")
