"""Table: the headline claims, what was published, what was found, and the verdict against each control."""

import sys
from collections.abc import Mapping

from retort.report.claims import Entry, here, published, read, word
from retort.report.results import overview_arguments
from retort.report.tables import DASH, Column, escape, tabular, wrapped
from retort.sealed import write_generated
from retort.statistics.claims import SILENT


def shown(entry: Entry) -> Mapping:
    """The row whose estimate stands for the claim."""
    if entry.fair is not None and entry.fair["verdict"] not in SILENT:
        return entry.fair
    return entry.published


def main(argv: list[str] | None = None) -> None:
    folder, studies, output = overview_arguments(__file__, argv)
    found = [entry for entry in read(folder, [each.study for each in studies]) if entry["headline"]]
    columns = [
        Column("", [escape(entry["id"]) for entry in found]),
        Column(
            "Claim",
            [rf"{escape(entry['statement'])}~\cite{{{entry['source']}}}" for entry in found],
            wrapped(0.36),
        ),
        Column("Published", [published(entry.published) for entry in found], "r"),
        Column("Here", [here(shown(entry)) for entry in found], "r"),
        Column("Verdict", [word(entry.published) for entry in found], wrapped(0.12)),
        Column("Fair", [DASH if entry.fair is None else word(entry.fair) for entry in found], wrapped(0.12)),
    ]
    notes = ["Here: against the fair control where that was judged."]
    write_generated(output, tabular(columns, source="src/scripts/claims_headline.py", notes=notes))


if __name__ == "__main__":
    main(sys.argv[1:])
