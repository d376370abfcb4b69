"""Compute a generated data set."""

import importlib
from pathlib import Path

from retort.journal import journal

generator = snakemake.params.generator
with journal(snakemake.log[0], seed=generator["seed"]):
    module = importlib.import_module(f"retort.datasets.{generator['module']}")
    folder = Path(snakemake.output[0])
    folder.mkdir(parents=True, exist_ok=True)
    module.generate(folder, generator["settings"], generator["seed"])
