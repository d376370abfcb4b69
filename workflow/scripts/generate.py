"""Compute a generated data set."""

import importlib
from pathlib import Path

from retort.journal import journal

with journal(snakemake.log[0], seed=snakemake.params.seed):
    reader = importlib.import_module(f"retort.datasets.{snakemake.params.reader}")
    reader.generate(Path(snakemake.output[0]).parent, snakemake.params.settings, snakemake.params.seed)
