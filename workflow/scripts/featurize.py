"""Compute one feature view of a data set, shared by all its runs."""

import importlib
from pathlib import Path

import polars as pl

from retort.journal import journal, leave

with journal(snakemake.log[0]):
    view = importlib.import_module(f"retort.datasets.views.{snakemake.wildcards.view}")
    folder = Path(snakemake.output[0])
    folder.mkdir(parents=True)
    view.build(pl.read_parquet(snakemake.input.rows), folder)
leave()
