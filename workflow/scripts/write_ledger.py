"""Join what every figure, every table and the prose say of their numbers to the ledger of numbers."""

from pathlib import Path

from retort.journal import journal
from retort.report.register import ledger, tex
from retort.sealed import read_json, read_table, write_generated, write_json

with journal(snakemake.log[0]):
    accounts = {Path(path).stem: read_json(path) for path in snakemake.input.accounts}
    places = {Path(path).parent.name: read_table(path) for path in snakemake.input.places}
    found = ledger(accounts, kinds=snakemake.params.kinds, places=places, facts=snakemake.params.facts)
    write_json(found, Path(snakemake.output.facts))
    write_generated(Path(snakemake.output.shown), tex(found))
