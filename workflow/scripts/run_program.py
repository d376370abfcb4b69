"""Draw one figure or write one table by its program of src/scripts, and note what its numbers follow from."""

import shlex
from pathlib import Path

from retort.files import write_whole
from retort.journal import journal
from retort.report.accounts import run_program
from retort.report.html import page
from retort.sealed import write_json

told = shlex.split(snakemake.params.get("studies", ""))
with journal(snakemake.log[0]):
    shown = Path(snakemake.output.shown)
    account = run_program(Path(snakemake.input.script), told, shown)
    write_json(account, Path(snakemake.output.account))
    # Of a table, for Snakemake's report.
    if shown.suffix == ".tex":
        text = page(shown.read_text(encoding="utf-8"), title=shown.stem)
        write_whole(Path(snakemake.output.page), text)
