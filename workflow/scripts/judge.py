"""Set each published claim beside our number."""

from pathlib import Path

import polars as pl
import yaml

from retort.journal import journal
from retort.statistics.claims import judge

with journal(snakemake.log[0]):
    claims = yaml.safe_load(Path(snakemake.input.claims).read_text())
    summary = pl.concat([pl.read_parquet(path) for path in snakemake.input.summaries])
    judge(claims, summary, generated=snakemake.params.generated).write_parquet(snakemake.output[0])
