"""Assign every row of a prepared table to a part, and check that nothing leaks."""

import json
from pathlib import Path

import polars as pl

from retort.datasets.splits import manifest, small, split
from retort.journal import journal

with journal(snakemake.log[0], seed=snakemake.params.seed):
    prepared = pl.read_parquet(snakemake.input.rows)
    parts = split(prepared, snakemake.params.settings, snakemake.params.seed)
    facts = manifest(prepared, parts, snakemake.params.settings)
    parts.write_parquet(snakemake.output.parts)
    Path(snakemake.output.manifest).write_text(
        json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    print(facts)
    for line in small(facts):
        print(f"warning: {snakemake.output.parts}: {line}.")
