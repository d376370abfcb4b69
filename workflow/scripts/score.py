"""Score every run of a study."""

import importlib
import json
from pathlib import Path

from retort.journal import journal
from retort.provenance import lock_hash
from retort.training import scoring

with journal(snakemake.log[0]):
    study = snakemake.wildcards.study
    runs = scoring.finished_runs(study, snakemake.params.runs)
    scores, items = scoring.score_study(study, runs, snakemake.params.headline)
    scores.write_parquet(snakemake.output.scores)
    items.write_parquet(snakemake.output.by_item)
    scoring.histories(study, runs).write_parquet(snakemake.output.history)
    scoring.datasets(runs).write_parquet(snakemake.output.datasets)
    details = Path(snakemake.output.details)
    details.mkdir(parents=True)
    for name, table in importlib.import_module(f"retort.studies.{study}.score").details(runs).items():
        table.write_parquet(details / f"{name}.parquet")
    facts = scoring.origin(runs, lock_hash(Path("requirements.lock")))
    Path(snakemake.output.origin).write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
