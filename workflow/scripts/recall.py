"""Take the results of a study from its record, unless somebody edited it."""

from pathlib import Path

from retort.journal import journal
from retort.record import recall

with journal(snakemake.log[0]):
    results = Path("data/results", snakemake.wildcards.study)
    recall(Path(snakemake.input.sums).parent, map(Path, snakemake.input.files), results)
