"""Summarize the scores of a study over seeds and items."""

import polars as pl

from retort.journal import journal
from retort.statistics.summary import summarize

with journal(snakemake.log[0], seed=snakemake.params.seed):
    summary = summarize(
        pl.read_parquet(snakemake.input.scores),
        pl.read_parquet(snakemake.input.by_item),
        snakemake.params.baseline,
        seed=snakemake.params.seed,
        resamples=snakemake.params.resamples,
    )
    summary.write_parquet(snakemake.output[0])
