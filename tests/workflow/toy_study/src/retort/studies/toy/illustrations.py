"""What only pictures need: predicted against measured, row by row."""

import polars as pl

from retort.runs import Run
from retort.sealed import read_table
from retort.studies.toy.tables import ILLUSTRATIONS


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`."""
    parity = [_parity(run) for run in runs if run.seed == 0]
    return {"parity": pl.concat([pl.DataFrame(schema=ILLUSTRATIONS["parity"]), *parity])}


def _parity(run: Run) -> pl.DataFrame:
    prepared, split = read_table(run.inputs.prepared), read_table(run.inputs.split)
    return (
        run.read("predictions")
        .join(split.filter(part="test"), on="id")
        .join(prepared, on="id")
        .select(
            dataset=pl.lit(run.dataset),
            split=pl.lit(run.split),
            variant=pl.lit(run.variant),
            id="id",
            measured="hardness",
            predicted="value",
        )
        .sort("id")
    )
