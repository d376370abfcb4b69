"""Collect the wall time and peak memory of every run of a study."""

from retort.journal import journal
from retort.plan import read_runs
from retort.sealed import write_table
from retort.training import scoring

with journal(snakemake.log[0]):
    runs, _ = read_runs(snakemake.input.plan)
    write_table(scoring.costs(snakemake.wildcards.study, runs), snakemake.output[0])
