"""Write the numbers that the prose prints, as TeX macros."""

from pathlib import Path

from retort.files import write_whole
from retort.journal import journal
from retort.report.numbers import collect, render
from retort.report.results import Results

with journal(snakemake.log[0], seed=snakemake.params.seed):
    macros = []
    for study, block in snakemake.params.studies.items():
        results = Results(Path("data/results", study), study)
        macros += collect(
            study,
            block,
            summary=results.summary,
            scores=results.scores,
            items=results.items,
            seed=snakemake.params.seed,
            resamples=snakemake.params.resamples,
            details=results.details,
        )
    write_whole(Path(snakemake.output[0]), render(macros, generated=snakemake.params.generated))
