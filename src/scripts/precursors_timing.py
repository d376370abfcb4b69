"""Table: the time to find similar known targets, in total and for each target, beside the published time."""

import sys

import polars as pl

from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

# Published values that belong to no metric of ours: how long, for how many targets.
TIME, TARGETS = "search-time", "search-targets"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "precursors", argv)
    timings = results.timings
    rows = [(escape(row["quantity"]), row["value"], row["n"]) for row in timings.filter(unit="s").to_dicts()]
    time, targets = (
        results.published.row(by_predicate=pl.col("metric") == name, named=True) for name in (TIME, TARGETS)
    )
    cited = rf"\emph{{published, quoted}}~\cite{{{time['citation']}}}"
    rows.append((cited, time["value"], targets["value"]))
    columns = [
        Column("Step", [name for name, _, _ in rows]),
        Column("Targets", [number(n, digits=0) for _, _, n in rows], "r"),
        Column("Total (s)", [number(seconds, digits=2) for _, seconds, _ in rows], "r"),
        Column(
            "Each (ms)",
            [number(1000 * seconds / n, digits=3, of=[seconds, n]) for _, seconds, n in rows],
            "r",
        ),
    ]
    notes = [f"Ours on: {escape(', '.join(sorted(set(timings['device']))))}."] if len(timings) else []
    rules = [len(rows) - 1]
    write_generated(
        output, tabular(columns, source="src/scripts/precursors_timing.py", rules=rules, notes=notes)
    )


if __name__ == "__main__":
    main(sys.argv[1:])
