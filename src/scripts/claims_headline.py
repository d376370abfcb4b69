"""Table: the headline claims, what was published, what was found, and the verdict against each control."""

import sys
from collections.abc import Mapping

from retort.report.claims import Entry, counts, here, published, read, word
from retort.report.results import overview_arguments
from retort.report.tables import DASH, Column, escape, tabular, wrapped
from retort.sealed import write_generated


def shown(entry: Entry) -> Mapping:
    """The row whose estimate stands for the claim."""
    return entry.fairly or entry.published


def verdicts(claims: list[Entry]) -> list[str]:
    """How often each verdict was reached on all claims that could be judged, by the kind of control."""
    rows = {
        "the control of the source": [entry.published for entry in claims if entry.judged],
        "the fair control": [entry.fairly for entry in claims if entry.fairly],
    }
    return [f"All {len(some)} against {control}: {counts(some)}." for control, some in rows.items() if some]


def main(argv: list[str] | None = None) -> None:
    folder, studies, output = overview_arguments(__file__, argv)
    names = [each.study for each in studies]
    claims = read(folder, names)
    found = sorted(
        (entry for entry in claims if entry["headline"]), key=lambda entry: names.index(str(entry["study"]))
    )
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
    notes = ["Here: against the fair control where that was judged.", *verdicts(claims)]
    write_generated(output, tabular(columns, source="src/scripts/claims_headline.py", notes=notes))


if __name__ == "__main__":
    main(sys.argv[1:])
