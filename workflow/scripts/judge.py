"""Set each published claim beside our number."""

import polars as pl

from retort.journal import journal
from retort.sealed import read_table, write_table
from retort.statistics.claims import judge

with journal(snakemake.log[0]):
    verdicts = judge(
        snakemake.params.claims,
        pl.concat(map(read_table, snakemake.input.summaries)),
        pl.concat(map(read_table, snakemake.input.contrasts)),
        generated=snakemake.params.generated,
    )
    write_table(verdicts, snakemake.output[0])
