"""Table: the ledger of all claims, sorted by verdict; a second row where there is a fair control."""

import sys
from collections.abc import Mapping

from retort.report.claims import (
    Entry,
    amount,
    by_verdict,
    counts,
    expected_wrong,
    here,
    published,
    read,
    word,
)
from retort.report.results import overview_arguments
from retort.report.tables import Column, escape, tabular, wrapped
from retort.sealed import write_generated
from retort.statistics.verdicts import UNDECIDED


def statement(entry: Entry, row: Mapping) -> str:
    """What was claimed and by whom, or against what it is judged again; and why it is not."""
    reason = rf" \emph{{({escape(row['reason'])})}}" if row["reason"] else ""
    if row is not entry.published:
        return rf"\quad against the fair control{reason}"
    return rf"{escape(row['statement'])}~\cite{{{row['source']}}}{reason}"


def needed(row: Mapping) -> str:
    """With what margin ours would be the same; of a gain that is shown nobody asks that."""
    asked = row["verdict"] == UNDECIDED or row["kind"] == "value"
    return amount(row, row["margin_needed"]) if asked and row["margin_needed"] is not None else ""


def notes(found: list[Entry]) -> list[str]:
    """What stands below the table."""
    tests, raw, families, after = expected_wrong(found)
    lines = [f"{len(found)} claims: {counts(found)}."]
    if tests:
        lines.append(
            rf"{tests} verdicts rest on tests at 5\,\%: were every claim at the edge of its margin, some {raw:.1f} of "
            rf"them would be wrong. After Holm in {families} families (source, study and control), some {after:.1f} "
            r"families would hold a wrong verdict of a kind."
        )
    return [*lines, r"\textsuperscript{\dag} A claim that this one requires did not hold."]


def main(argv: list[str] | None = None) -> None:
    folder, studies, output = overview_arguments(__file__, argv)
    found = by_verdict(read(folder, [results.study for results in studies]))
    rows = [(entry, row, row is entry.published) for entry in found for row in entry.rows]
    columns = [
        Column("", [escape(row["id"]) if first else "" for _, row, first in rows]),
        Column(
            "Claim",
            [statement(entry, row) for entry, row, _ in rows],
            wrapped(0.32),
        ),
        Column("Published", [published(row) if first else "" for _, row, first in rows], "r"),
        Column("Here", [here(row) for _, row, _ in rows], "r"),
        Column("Margin", [amount(row, row["margin"]) if first else "" for _, row, first in rows], "r"),
        Column("Needed", [needed(row) for _, row, _ in rows], "r"),
        Column(
            "Verdict",
            [word(row) for _, row, _ in rows],
            wrapped(0.12),
        ),
    ]
    starts = [index for index, (_, _, first) in enumerate(rows) if first]
    table = tabular(
        columns, source="src/scripts/claims.py", rules=starts, notes=notes(found) if found else [], long=True
    )
    write_generated(output, table)


if __name__ == "__main__":
    main(sys.argv[1:])
