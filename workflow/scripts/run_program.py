"""Draw one figure or write one table by its program of src/scripts, and note what its numbers follow from."""

import shlex
from pathlib import Path

from retort.journal import journal
from retort.report.accounts import run_program
from retort.sealed import write_json

told = shlex.split(snakemake.params.get("studies", ""))
with journal(snakemake.log[0]):
    account = run_program(Path(snakemake.input.script), told, Path(snakemake.output.shown))
    write_json(account, Path(snakemake.output.account))
