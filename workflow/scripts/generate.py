"""Compute a generated data set."""

import importlib
from pathlib import Path

from retort.files import whole_folder
from retort.journal import journal

generator = snakemake.params.generator
with journal(snakemake.log[0], seed=generator["seed"]):
    module = importlib.import_module(f"retort.datasets.{generator['module']}")
    with whole_folder(Path(snakemake.output.manifest).parent) as folder:
        module.generate(folder, generator["settings"], generator["seed"])
