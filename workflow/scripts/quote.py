"""Write the published values that the paper quotes as a table."""

from retort import layout
from retort.journal import journal
from retort.sealed import write_table

with journal(snakemake.log[0]):
    write_table(layout.published(snakemake.params.published), snakemake.output[0])
