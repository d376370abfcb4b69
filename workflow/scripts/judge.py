"""Hold every published claim against our results, with the margins that were fixed before them."""

from pathlib import Path

from retort.journal import journal
from retort.recorded_claims import demand_margins, tables
from retort.sealed import write_table
from retort.statistics.claims import judge

with journal(snakemake.log[0]):
    claims = snakemake.params.claims
    for recorded in snakemake.input.recorded:
        demand_margins(claims, Path(recorded), snakemake.params.acknowledged)
    verdicts = judge(claims, tables(Path("data/results"), claims), snakemake.params.scale)
    write_table(verdicts, snakemake.output[0])
