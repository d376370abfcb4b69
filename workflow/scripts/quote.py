"""Write the published values that the paper quotes as a table."""

from retort import layout
from retort.journal import journal

with journal(snakemake.log[0]):
    layout.published(snakemake.params.published).write_parquet(snakemake.output[0])
