"""Table: what the runs of each system cost: number, parameters, wall time of one run and of all, peak memory."""

import sys

import polars as pl

from retort.report.results import overview_arguments
from retort.report.tables import Column, escape, numbers, tabular, wrapped
from retort.sealed import write_generated


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_arguments(__file__, argv)
    costs = pl.concat([study.costs for study in studies])
    table = (
        costs.group_by("study", "variant")
        .agg(
            pl.len().alias("runs"),
            pl.col("parameters").max(),
            pl.col("wall_seconds").median().alias("each"),
            (pl.col("wall_seconds").sum() / 60).alias("all"),
            pl.col("peak_memory_mib").max(),
        )
        .sort("study", "variant")
    )
    titles = {study.study: study for study in studies}
    starts = (table["study"] != table["study"].shift(1)).fill_null(True)
    columns = [
        Column(
            "System",
            [
                (rf"\multicolumn{{6}}{{@{{}}l@{{}}}}{{\emph{{{escape(study)}}}}} \\ " if start else "")
                + escape(titles[study].title(variant))
                for study, variant, start in zip(table["study"], table["variant"], starts, strict=True)
            ],
            wrapped(0.4),
        ),
        numbers("Runs", table["runs"], digits=0),
        numbers("Parameters", [count or None for count in table["parameters"]], digits=0),
        numbers("One run (s)", table["each"], digits=1),
        # At smoke scale a system's runs take a second or two.
        numbers("All (min)", table["all"], digits=1 if table["all"].max() >= 10 else 2),
        numbers("Memory (MiB)", table["peak_memory_mib"], digits=0),
    ]
    devices = sorted(costs["device"].drop_nulls().unique())
    total = numbers("", [costs["wall_seconds"].sum() / 3600], digits=2).cells[0]
    memory = "memory: largest resident set, libraries that runs share included"
    notes = [rf"One run: median wall time; {memory}. All runs together {total} h."]
    notes += [f"Machine: {escape(', '.join(devices))}."]
    rules = [row for row in range(1, table.height) if starts[row]]
    write_generated(
        output, tabular(columns, source="src/scripts/costs.py", rules=rules, notes=notes, long=True)
    )


if __name__ == "__main__":
    main(sys.argv[1:])
