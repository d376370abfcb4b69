"""Read a data set's raw files into one tidy table and a table of rejects."""

import importlib
from pathlib import Path

from retort.datasets import rejects
from retort.datasets.download import demand_declared
from retort.files import check_manifest
from retort.journal import journal

with journal(snakemake.log[0]):
    reader = importlib.import_module(f"retort.datasets.{snakemake.params.reader}")
    folder = Path("data/raw", snakemake.wildcards.dataset)
    if snakemake.params.files:
        demand_declared(snakemake.params.files, folder)
    else:
        check_manifest(folder)
    prepared = reader.read(folder, snakemake.params.settings)
    prepared.write(Path(snakemake.output.rows))
    listed = rejects.write(prepared, snakemake.params.settings, Path(snakemake.output.listed))
    print(f"{prepared.rows.height} rows, {prepared.rejects.height} rejected; see {snakemake.output.listed}")
    print("\n".join(rejects.complaints(listed, 20)))
