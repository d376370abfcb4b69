"""Table: what the runs of each system cost: number, parameters, processor time of one run and of all, memory."""

import sys
from collections.abc import Iterable, Mapping
from typing import Unpack

import polars as pl

from retort.report.loans import field
from retort.report.results import overview_arguments
from retort.report.tables import Column, Style, escape, number, tabular, wrapped
from retort.sealed import write_generated

MEASURED = ("parameters", "cpu_seconds", "peak_memory_mib")


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_arguments(__file__, argv)
    # Costs may be those of a record, which may be older than the plan.
    costs = pl.concat([study.costs.join(study.systems, on="variant", how="semi") for study in studies])
    table = (
        costs.group_by("study", "variant")
        # Of the processor: other work on the machine changes what a clock on the wall says.
        .agg(
            pl.len().alias("runs"),
            # A system without weights has none to count.
            pl.col("parameters").max().pipe(lambda most: pl.when(most >= 1).then(most)).alias("parameters"),
            pl.col("cpu_seconds").median().alias("each"),
            (pl.col("cpu_seconds").sum() / 60).alias("all"),
            pl.col("peak_memory_mib").max(),
            *(pl.col(name).alias(f"every_{name}") for name in MEASURED),
        )
        .sort(pl.col("study").cast(pl.Enum([study.study for study in studies])), "variant")
    )
    titles = {study.study: study for study in studies}
    starts = (table["study"] != table["study"].shift(1)).fill_null(True).to_list()

    def headed(cells: Iterable[str], heads: Mapping[str, str] | None = None) -> list[str]:
        """The cells, and above those of each study what is said of all of them, or nothing."""
        above = [heads[study] if heads else "" for study in table["study"]]
        rows = zip(cells, above, starts, strict=True)
        return [cell for row, head, start in rows for cell in ([head, row] if start else [row])]

    def column(
        header: str, name: str, measured: str, heads: Mapping[str, str] | None = None, **style: Unpack[Style]
    ) -> Column:
        rows = table.select(name, f"every_{measured}").iter_rows()
        return Column(header, headed([number(value, of=every, **style) for value, every in rows], heads), "r")

    names = [
        escape(titles[study].title(variant))
        for study, variant in table.select("study", "variant").iter_rows()
    ]
    # At smoke scale a system's runs take a second or two.
    digits = 1 if table["all"].max() >= 10 else 2
    fields = {name: emphasised(escape(field(study))) for name, study in titles.items()}
    spent = dict(costs.group_by("study", maintain_order=True).agg("cpu_seconds").iter_rows())
    sums = {
        study: emphasised(number(sum(each) / 60, digits=digits, of=each)) for study, each in spent.items()
    }
    columns = [
        Column("System", headed(names, fields), wrapped(0.4)),
        Column("Runs", headed([str(runs) for runs in table["runs"]]), "r"),
        column("Parameters", "parameters", "parameters", digits=0),
        column("One run (s)", "each", "cpu_seconds", digits=1),
        column("All (min)", "all", "cpu_seconds", sums, digits=digits),
        column("Memory (MiB)", "peak_memory_mib", "peak_memory_mib", digits=0),
    ]
    devices = sorted(costs["device"].drop_nulls().unique())
    total = number(costs["cpu_seconds"].sum() / 3600, digits=2, of=costs["cpu_seconds"])
    memory = "memory: largest resident set, libraries that runs share included"
    notes = [rf"One run: median processor time; {memory}. All runs together {total} h."]
    notes += [f"Machine: {escape(', '.join(devices))}."]
    # A study begins after the rows and the heads of those before it.
    rules = [row + before for before, row in enumerate(row for row, start in enumerate(starts) if start)]
    write_generated(
        output, tabular(columns, source="src/scripts/costs.py", rules=rules, notes=notes, long=True)
    )


def emphasised(text: str) -> str:
    """What stands in the heading of a study."""
    return rf"\emph{{{text}}}"


if __name__ == "__main__":
    main(sys.argv[1:])
