"""Judge the judge: coverage of the intervals and errors of the verdicts, by simulation."""

from retort.journal import journal
from retort.sealed import write_table
from retort.statistics.operating import operate

with journal(snakemake.log[0], seed=snakemake.params.seed):
    write_table(operate(seed=snakemake.params.seed), snakemake.output[0])
