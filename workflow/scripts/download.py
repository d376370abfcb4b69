"""Fetch one raw file from a mirror folder or its URL, and verify it."""

import os
from pathlib import Path

from retort.datasets.download import ensure
from retort.journal import journal

with journal(snakemake.log[0]):
    folders = os.environ.get("RETORT_MIRRORS", "").split(":")
    mirrors = [Path(folder) for folder in folders if folder]
    target = Path(snakemake.output[0])
    source = ensure(snakemake.params.file, target, mirrors, dataset=snakemake.wildcards.dataset)
    print(f"{target} from {source}")
