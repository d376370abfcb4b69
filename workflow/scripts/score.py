"""Score every run of a study."""

from pathlib import Path

from retort.files import sha256
from retort.journal import journal, leave
from retort.plan import read_runs
from retort.sealed import write_json, write_table
from retort.training import scoring

with journal(snakemake.log[0]):
    study = snakemake.wildcards.study
    runs, plan = read_runs(snakemake.input.plan)
    scores, items = scoring.score_study(
        study, runs, plan, metrics=snakemake.params.metrics, quantities=snakemake.params.quantities
    )
    write_table(scores, snakemake.output.scores)
    scoring.write_tables(items, Path(snakemake.output.by_item).parent)
    write_table(scoring.histories(study, runs), snakemake.output.history)
    write_table(scoring.datasets(runs), snakemake.output.datasets)
    scoring.write_tables(scoring.details(study, runs, plan), Path(snakemake.output.details).parent)
    write_json(scoring.origin(runs, sha256(Path("requirements.lock"))), snakemake.output.origin)
leave()
