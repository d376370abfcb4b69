"""Time what a study's benchmark module times."""

import importlib

import polars as pl

from retort.journal import journal, leave
from retort.plan import read_runs
from retort.sealed import write_table
from retort.training.run import machine

with journal(snakemake.log[0]):
    runs, _ = read_runs(snakemake.input.plan)
    module = importlib.import_module(f"retort.studies.{snakemake.wildcards.study}.benchmark")
    timings = module.measure(runs)
    write_table(timings.with_columns(pl.lit(machine()).alias("device")), snakemake.output[0])
leave()
