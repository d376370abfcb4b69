"""Run one variant of a study with one seed."""

from pathlib import Path

from retort.journal import journal, leave
from retort.provenance import commit, digest, remember_imports
from retort.runs import Run
from retort.training.run import execute

with journal(snakemake.log[0], seed=snakemake.wildcards.seed, device=snakemake.params.device):
    run = Run.from_json(snakemake.params.run)
    remember_imports(Path(".snakemake/retort/imports.json"))
    if digest(Path(__file__), f"retort.studies.{run.study}.train") != snakemake.params.code:
        raise RuntimeError(
            f"src/retort: code that {run.variant} runs was edited after this build had begun. Hint: start again; "
            "what is finished stays."
        )
    execute(
        run,
        code=snakemake.params.code,
        origin={"commit": commit()},
        device=snakemake.params.device,
    )
leave()
