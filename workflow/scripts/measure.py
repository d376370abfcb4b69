"""Time what a study's benchmark module times."""

import importlib

import polars as pl

from retort.journal import journal
from retort.training import scoring
from retort.training.run import machine

with journal(snakemake.log[0]):
    study = snakemake.wildcards.study
    runs = scoring.finished_runs(study, snakemake.params.runs)
    timings = importlib.import_module(f"retort.studies.{study}.benchmark").measure(runs)
    timings.with_columns(pl.lit(machine()).alias("device")).write_parquet(snakemake.output[0])
