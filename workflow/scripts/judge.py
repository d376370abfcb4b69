"""Set each published claim beside our number."""

import polars as pl

from retort.journal import journal
from retort.statistics.claims import judge

with journal(snakemake.log[0]):
    judge(
        snakemake.params.claims,
        pl.concat(map(pl.read_parquet, snakemake.input.summaries)),
        pl.concat(map(pl.read_parquet, snakemake.input.contrasts)),
        generated=snakemake.params.generated,
    ).write_parquet(snakemake.output[0])
