"""Summarize the scores of a study over seeds, items and draws, and compare its systems."""

# input: scores, by_item, places, details (folder); output: summary, contrasts, pooled;
# params: families, titles, seed, resamples.
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
    paired = Path(snakemake.input.details, "paired.parquet")
    titles = dict(snakemake.params.titles)
    families = {
        family: [Pair(*pair, titles.get((family, *pair))) for pair in pairs]
        for family, pairs in snakemake.params.families.items()
    }
    how = {"seed": snakemake.params.seed, "resamples": snakemake.params.resamples}
    summarize(scores, items, **how).write_parquet(snakemake.output.summary)
    contrasts(
        scores, items, families, paired=pl.read_parquet(paired) if paired.exists() else None, **how
    ).write_parquet(snakemake.output.contrasts)
    pool(scores, places, **how).write_parquet(snakemake.output.pooled)
