"""Make the small tables that only pictures need: maps, examples."""

from pathlib import Path

from retort.journal import journal, leave
from retort.plan import read_runs
from retort.training import scoring

with journal(snakemake.log[0]):
    runs, _ = read_runs(snakemake.input.plan)
    tables = scoring.illustrations(snakemake.wildcards.study, runs)
    scoring.write_tables(tables, Path(snakemake.output.manifest).parent)
leave()
