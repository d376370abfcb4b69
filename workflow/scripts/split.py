"""Assign every row of a prepared table to a part, and check that nothing leaks."""

from retort.datasets.errors import DataError
from retort.datasets.splits import manifest, shared, small, split
from retort.journal import journal
from retort.sealed import read_table, write_json, write_table

with journal(snakemake.log[0], seed=snakemake.params.seed):
    prepared = read_table(snakemake.input.rows)
    try:
        parts = split(prepared, snakemake.params.settings, snakemake.params.seed)
    except DataError as error:
        raise DataError(f"{snakemake.output.parts}: {error}") from error
    facts = manifest(prepared, parts, snakemake.params.settings)
    write_table(parts, snakemake.output.parts)
    write_json(facts, snakemake.output.manifest)
    print(facts)
    for line in [*small(facts), *shared(facts)]:
        print(f"warning: {snakemake.output.parts}: {line}.")
