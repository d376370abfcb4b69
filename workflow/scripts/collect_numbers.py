"""Write the numbers that the prose prints, as TeX macros, and note what they follow from."""

from pathlib import Path

from retort.journal import journal
from retort.report.accounts import collect_numbers
from retort.report.loans import answers
from retort.report.numbers import Macro, collect, left_out, render
from retort.report.results import Results
from retort.sealed import write_generated, write_json


def collected() -> list[Macro]:
    """The macros of all studies, and of the answer that they give together."""
    macros = []
    studies = [Results(Path("data/results", study), study) for study in snakemake.params.studies]
    for results in studies:
        block = snakemake.params.studies[results.study]
        macros += collect(
            results.study,
            block["numbers"],
            primary=block["primary"],
            places=results.places,
            summary=results.summary,
            contrasts=results.contrasts,
            gains=results.gains,
            details=results.details,
        )
    return macros + answers(studies)


with journal(snakemake.log[0]):
    macros, account = collect_numbers(collected)
    for study, names in snakemake.params.left_out.items():
        macros += left_out(study, names)
    text = render(macros, generated=snakemake.params.generated)
    write_generated(Path(snakemake.output.shown), text)
    write_json(account, Path(snakemake.output.account))
