"""Score every run of a study."""

import json
from pathlib import Path

from retort.journal import journal, leave
from retort.plan import read_runs
from retort.provenance import lock_hash
from retort.training import scoring

with journal(snakemake.log[0]):
    study = snakemake.wildcards.study
    runs, plan = read_runs(snakemake.input.plan)
    scores, items = scoring.score_study(
        study, runs, headline=snakemake.params.headline, metrics=snakemake.params.metrics
    )
    scores.write_parquet(snakemake.output.scores)
    items.write_parquet(snakemake.output.by_item)
    scoring.histories(study, runs).write_parquet(snakemake.output.history)
    scoring.datasets(runs).write_parquet(snakemake.output.datasets)
    scoring.write_tables(scoring.details(study, runs, plan), Path(snakemake.output.details).parent)
    facts = scoring.origin(runs, lock_hash(Path("requirements.lock")))
    Path(snakemake.output.origin).write_text(
        json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
leave()
