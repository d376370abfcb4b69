"""What only pictures need: predicted against measured, row by row."""

import polars as pl

from retort.runs import Run
from retort.studies.toy.tables import ILLUSTRATIONS


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`."""
    tables = [pl.DataFrame(schema=ILLUSTRATIONS["parity"])]
    for run in runs:
        if run.seed == 0:
            test = pl.read_parquet(run.inputs.split).filter(part="test")
            rows = (
                run.read("predictions")
                .join(test, on="id")
                .join(pl.read_parquet(run.inputs.prepared), on="id")
            )
            place = {key: pl.lit(getattr(run, key)) for key in ("dataset", "split", "variant")}
            tables.append(rows.select(**place, id="id", measured="hardness", predicted="value"))
    return {"parity": pl.concat(tables)}
