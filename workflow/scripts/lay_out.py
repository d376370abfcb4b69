"""Write what reports know of a study's places, systems, metrics and data sets."""

import json
from pathlib import Path

from retort import layout
from retort.journal import journal
from retort.report.style import PALETTE

with journal(snakemake.log[0]):
    plan = json.loads(Path(snakemake.input.plan).read_text(encoding="utf-8"))
    layout.places(plan["places"]).write_parquet(snakemake.output.places)
    layout.systems(plan["systems"], PALETTE).write_parquet(snakemake.output.systems)
    layout.metrics(plan["metrics"]).write_parquet(snakemake.output.metrics)
    layout.sources(plan["sources"]).write_parquet(snakemake.output.sources)
