"""Take the results of a study from its record."""

import shutil
from contextlib import ExitStack
from pathlib import Path

from retort.files import whole_folder
from retort.journal import journal

with journal(snakemake.log[0]), ExitStack() as folders:
    record, results = Path(snakemake.params.record), Path("data/results", snakemake.wildcards.study)
    for name in ("details", "illustrations"):
        folders.enter_context(whole_folder(results / name))
    for file in map(Path, snakemake.input):
        shutil.copyfile(file, results / file.relative_to(record))
