"""Compile the manuscript and its supplement with the generated figures, tables and numbers."""

from pathlib import Path

from retort.journal import journal
from retort.report import paper
from retort.report.dialect import Origin

with journal(snakemake.log[0]):
    warnings = paper.build(
        list(map(Path, snakemake.input.manuscripts)),
        map(Path, [*snakemake.input.sources, *snakemake.input.generated]),
        pdfs=list(map(Path, snakemake.output)),
        folder=Path("build/paper"),
        origin=Origin(**snakemake.params.origin),
        rules=snakemake.params.rules,
    )
    for warning in warnings:
        print(f"warning: {warning}")
