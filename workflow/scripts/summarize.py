"""Summarize the scores of a study over seeds, items and draws, and compare its systems."""

from pathlib import Path

import polars as pl

from retort.journal import journal
from retort.statistics.contrasts import Pair, contrasts
from retort.statistics.pooled import pool
from retort.statistics.summary import summarize

with journal(snakemake.log[0], seed=snakemake.params.seed):
    scores, items = pl.read_parquet(snakemake.input.scores), pl.read_parquet(snakemake.input.by_item)
    places = pl.read_parquet(snakemake.input.places)
    # A study whose metrics are no means over items makes this table itself, from its predictions.
    paired = Path(snakemake.input.details).with_name("paired.parquet")
    titles = {(family, *pair): title for family, *pair, title in snakemake.params.titles}
    families = {
        family: [Pair(*pair, titles.get((family, *pair))) for pair in pairs]
        for family, pairs in snakemake.params.families.items()
    }
    paired = pl.read_parquet(paired) if paired.exists() else None
    bootstrap = {"seed": snakemake.params.seed, "resamples": snakemake.params.resamples}
    summarize(scores, items, **bootstrap).write_parquet(snakemake.output.summary)
    contrasts(scores, items, families, paired=paired, **bootstrap).write_parquet(snakemake.output.contrasts)
    pool(scores, places, **bootstrap).write_parquet(snakemake.output.pooled)
