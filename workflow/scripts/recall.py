"""Take the results of a study from the record, unless somebody edited it."""

from pathlib import Path

from retort.journal import journal
from retort.record import recall

with journal(snakemake.log[0]):
    study = snakemake.wildcards.study
    recall(Path(snakemake.params.record), snakemake.params.names, Path("data/results", study))
