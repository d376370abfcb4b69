"""Run one variant of a study with one seed."""

from pathlib import Path

from retort.journal import journal
from retort.provenance import commit
from retort.training.run import RunInputs, execute

with journal(snakemake.log[0], seed=snakemake.wildcards.seed, device=snakemake.params.device):
    inputs = RunInputs(
        prepared=Path(snakemake.input.rows),
        split=Path(snakemake.input.parts),
        features={Path(folder).name: Path(folder) for folder in snakemake.input.features},
        uses={role: [Path(f) for f in folders] for role, folders in snakemake.params.used.items()},
    )
    execute(
        snakemake.wildcards.study,
        inputs,
        snakemake.params.settings,
        seed=int(snakemake.wildcards.seed),
        folder=Path(snakemake.output.run).parent,
        code=[Path(path) for path in snakemake.input.code],
        origin={"commit": commit()},
        device=snakemake.params.device,
    )
