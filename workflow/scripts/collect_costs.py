"""Collect the wall time and peak memory of every run of a study."""

from retort.journal import journal
from retort.training import scoring

with journal(snakemake.log[0]):
    study = snakemake.wildcards.study
    runs = scoring.finished_runs(study, snakemake.params.runs)
    scoring.costs(study, runs).write_parquet(snakemake.output[0])
