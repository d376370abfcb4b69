"""Summarize a study over replicates and test items, compare its systems, and work out what its loans are worth."""

from pathlib import Path

import polars as pl

from retort.files import check_manifest
from retort.journal import journal
from retort.sealed import read_table, write_table
from retort.statistics.cells import families, gather
from retort.statistics.contrasts import Pair, contrasts
from retort.statistics.gains import gains
from retort.statistics.summary import summarize

with journal(snakemake.log[0]):
    scores, places, metrics = (read_table(snakemake.input[name]) for name in ("scores", "places", "metrics"))
    # One file for each place; none where no metric is computed from items. One that is gone would not be missed.
    folder = Path(snakemake.input.by_item).parent
    check_manifest(folder)
    files = sorted(folder.glob("*.parquet"))
    items = pl.concat(map(read_table, files)) if files else pl.DataFrame()
    cells = gather(scores, items, metrics, families(places))
    titles = {(family, *pair): title for family, *pair, title in snakemake.params.titles}
    compared = {
        family: [Pair(*pair, titles.get((family, *pair))) for pair in pairs]
        for family, pairs in snakemake.params.families.items()
    }
    write_table(summarize(cells), snakemake.output.summary)
    write_table(contrasts(cells, compared), snakemake.output.contrasts)
    write_table(gains(cells, snakemake.params.loans, places), snakemake.output.gains)
