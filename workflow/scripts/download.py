"""Fetch one raw file from a mirror folder or its URL, and verify it."""

import os
from pathlib import Path

from retort.datasets.download import absent, ensure, mirrors_from
from retort.journal import journal

with journal(snakemake.log[0]):
    mirrors = mirrors_from(os.environ)
    for complaint in absent(mirrors):
        print(f"warning: {complaint}.")
    target = Path(snakemake.output[0])
    source = ensure(snakemake.params.file, target, mirrors, dataset=snakemake.wildcards.dataset, attempts=2)
    print(f"{target} from {source}")
