"""Run one variant of a study with one seed."""

from retort.journal import journal, leave
from retort.provenance import commit
from retort.runs import Run
from retort.training.run import execute

with journal(snakemake.log[0], seed=snakemake.wildcards.seed, device=snakemake.params.device):
    execute(
        Run.from_json(snakemake.params.run),
        code=snakemake.params.code,
        origin={"commit": commit()},
        device=snakemake.params.device,
    )
leave()
