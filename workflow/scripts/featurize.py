"""Compute one feature view of a data set, shared by all its runs."""

import importlib
from pathlib import Path

from retort.journal import journal
from retort.sealed import read_table

with journal(snakemake.log[0]):
    view = importlib.import_module(f"retort.datasets.views.{snakemake.wildcards.view}")
    folder = Path(snakemake.output[0])
    folder.mkdir(parents=True)
    view.build(read_table(snakemake.input.rows), folder)
