"""Take a measurement from the record, unless somebody edited it, or from this machine."""

from pathlib import Path

from retort.journal import journal
from retort.record import demand_unedited, take
from retort.sealed import opened

with journal(snakemake.log[0]):
    source = Path(snakemake.input[0])
    if source.is_relative_to("data/record"):
        demand_unedited(source.parent)
    else:
        opened(source)
    take(source, Path(snakemake.output[0]))
