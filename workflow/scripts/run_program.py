"""Draw one figure or write one table: run its program of src/scripts."""

import runpy
import shlex
import sys

from retort.journal import journal

program = snakemake.input.script
sys.argv = [program, "--output", snakemake.output[0], *shlex.split(snakemake.params.get("studies", ""))]
with journal(snakemake.log[0]):
    runpy.run_path(program, run_name="__main__")
