"""Take a measurement from the record, unless somebody edited it, or from this machine."""

from pathlib import Path

from retort.files import write_whole
from retort.journal import journal
from retort.record import demand_unedited
from retort.sealed import opened

with journal(snakemake.log[0]):
    source = Path(snakemake.input[0])
    if source.is_relative_to("data/record"):
        demand_unedited(source.parent)
    write_whole(Path(snakemake.output[0]), opened(source))
