"""Collect the wall time and peak memory of every run of a study."""

from retort.journal import journal
from retort.plan import read_runs
from retort.training import scoring

with journal(snakemake.log[0]):
    runs, _ = read_runs(snakemake.input.plan)
    scoring.costs(snakemake.wildcards.study, runs).write_parquet(snakemake.output[0])
