"""Summarize the scores of a study over seeds, items and draws, and compare its systems."""

from pathlib import Path

from retort.journal import journal
from retort.sealed import read_table, write_table
from retort.statistics.contrasts import Pair, contrasts
from retort.statistics.pooled import pool
from retort.statistics.summary import summarize

with journal(snakemake.log[0], seed=snakemake.params.seed):
    scores, items = read_table(snakemake.input.scores), read_table(snakemake.input.by_item)
    places = read_table(snakemake.input.places)
    # A study whose metrics are no means over items makes this table itself, from its predictions.
    paired = Path(snakemake.input.details).with_name("paired.parquet")
    titles = {(family, *pair): title for family, *pair, title in snakemake.params.titles}
    families = {
        family: [Pair(*pair, titles.get((family, *pair))) for pair in pairs]
        for family, pairs in snakemake.params.families.items()
    }
    paired = read_table(paired) if paired.exists() else None
    bootstrap = {"seed": snakemake.params.seed, "resamples": snakemake.params.resamples}
    write_table(summarize(scores, items, **bootstrap), snakemake.output.summary)
    write_table(contrasts(scores, items, families, paired=paired, **bootstrap), snakemake.output.contrasts)
    write_table(pool(scores, places, **bootstrap), snakemake.output.pooled)
