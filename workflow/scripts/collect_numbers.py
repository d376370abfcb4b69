"""Write the numbers that the prose prints, as TeX macros."""

from pathlib import Path

from retort.journal import journal
from retort.report.numbers import collect, left_out, render
from retort.report.results import Results
from retort.sealed import write_generated

with journal(snakemake.log[0]):
    macros = []
    for study, block in snakemake.params.studies.items():
        results = Results(Path("data/results", study), study)
        macros += collect(
            study,
            block["numbers"],
            primary=block["primary"],
            places=results.places,
            summary=results.summary,
            contrasts=results.contrasts,
            gains=results.gains,
            details=results.details,
        )
    for study, names in snakemake.params.left_out.items():
        macros += left_out(study, names)
    write_generated(Path(snakemake.output[0]), render(macros, generated=snakemake.params.generated))
