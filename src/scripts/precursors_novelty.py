"""Table: success within five attempts by how new a target's precursors are."""

import sys

import polars as pl

from retort.report.names import metric, variants
from retort.report.results import present, table_arguments
from retort.report.tables import Column, escape, estimates, number, tabular, text
from retort.sealed import write_generated

STRATA = {
    metric("success@5-known-set"): "set known",
    metric("success@5-new-set"): "new set",
    metric("success@5-unseen-precursor"): "new precursor",
    metric("success@5"): "all",
}
SYSTEMS = variants(
    "selector",
    "raw-mpc-first",
    "learned-common-first",
    "raw-common-first",
    "bare-head",
    "most-frequent",
    "combined",
)


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "precursors", argv)
    summary = results.at(results.summary, results.main_place()).filter(part="test")
    systems = present(SYSTEMS, summary)
    columns = [
        text("System", [results.title(name) for name in systems]),
        *(stratum(summary.filter(metric=name), title, systems) for name, title in STRATA.items()),
    ]
    write_generated(output, tabular(columns, source="src/scripts/precursors_novelty.py"))


def stratum(rows: pl.DataFrame, title: str, systems: list[str]) -> Column:
    """Percent solved of the targets of one stratum, by system; their number stands in the header."""
    found = {row["variant"]: row for row in rows.to_dicts()}
    counts = rows["n_items"].drop_nulls()
    columns = ([found.get(name, {}).get(end) for name in systems] for end in ("mean", "low", "high"))
    header = f"{escape(title)} ({number(counts[0], digits=0)})" if len(counts) else escape(title)
    return estimates(header, *columns, percent=True)


if __name__ == "__main__":
    main(sys.argv[1:])
