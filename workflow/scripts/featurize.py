"""Compute one feature view of a data set, shared by all its runs."""

import importlib
from pathlib import Path

from retort.files import whole_folder
from retort.journal import journal, leave
from retort.sealed import read_table

with journal(snakemake.log[0]):
    view = importlib.import_module(f"retort.datasets.views.{snakemake.wildcards.view}")
    with whole_folder(Path(snakemake.output.manifest).parent) as folder:
        view.build(read_table(snakemake.input.rows), folder)
leave()
