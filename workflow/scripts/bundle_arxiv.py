"""Pack the manuscript, its supplement and their generated parts for arXiv."""

from pathlib import Path

from retort.journal import journal
from retort.report import paper
from retort.report.dialect import Origin

with journal(snakemake.log[0]):
    warnings = paper.bundle(
        list(map(Path, snakemake.input.manuscripts)),
        map(Path, [*snakemake.input.sources, *snakemake.input.generated]),
        archive=Path(snakemake.output[0]),
        folder=Path("build/arxiv"),
        origin=Origin(**snakemake.params.origin),
        rules=snakemake.params.rules,
    )
    for warning in warnings:
        print(f"warning: {warning}")
