"""Read a data set's raw files into one tidy table and a table of rejects."""

import importlib
from pathlib import Path

from retort.journal import journal

with journal(snakemake.log[0]):
    reader = importlib.import_module(f"retort.datasets.{snakemake.params.reader}")
    prepared = reader.read(Path("data/raw", snakemake.wildcards.dataset), snakemake.params.settings)
    prepared.write(Path(snakemake.output.rows))
    print(f"{prepared.rows.height} rows, {prepared.rejects.height} rejected")
    for file, row, value, reason in prepared.rejects.head(20).iter_rows():
        print(f"rejected: {file}, row {row + 1} below the head: {value!r}: {reason}")
