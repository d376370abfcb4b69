"""Write what reports know of a study's places, systems, metrics and data sets."""

from pathlib import Path

from retort import layout
from retort.journal import journal
from retort.plan import read_named
from retort.report.style import PALETTE
from retort.sealed import write_table

with journal(snakemake.log[0]):
    plan = read_named(Path(snakemake.input.plan))
    write_table(layout.places(plan["places"]), snakemake.output.places)
    write_table(layout.systems(plan["systems"], PALETTE), snakemake.output.systems)
    write_table(layout.metrics(plan["metrics"]), snakemake.output.metrics)
    write_table(layout.sources(plan["sources"]), snakemake.output.sources)
    write_table(layout.loans(plan["loans"]), snakemake.output.loans)
