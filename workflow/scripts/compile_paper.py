"""Compile the manuscript with the generated figures, tables and numbers."""

from pathlib import Path

from retort.journal import journal
from retort.report import paper
from retort.report.dialect import Origin

with journal(snakemake.log[0]):
    warnings = paper.build(
        Path(snakemake.input.manuscript),
        map(Path, [*snakemake.input.sources, *snakemake.input.generated]),
        pdf=Path(snakemake.output[0]),
        folder=Path("build/paper"),
        origin=Origin(**snakemake.params.origin),
        rules=snakemake.params.rules,
    )
    for warning in warnings:
        print(f"warning: {warning}")
