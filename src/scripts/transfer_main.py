"""Table: test error of students, taught students and teacher for each property, beside the published values."""

import sys

import polars as pl

from retort.report.metrics import Metric
from retort.report.names import metric, places, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

METRIC = metric("mae")
PLACES = places("mp-formation", "mp-gap", "jarvis-formation", "jarvis-gap")
GROUPS = (
    variants("crabnet", "ts-crabnet", "roost", "ts-roost"),
    variants("teacher"),
    variants("boosting", "median"),
)


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "transfer", argv)
    summary = results.summary.filter(part="test", metric=METRIC)
    here = [name for name in PLACES if not results.at(summary, name).is_empty()]
    rows = pl.concat([summary.clear(), *(results.at(summary, name) for name in here)])
    systems, starts = in_blocks(GROUPS, rows["variant"])
    columns = [Column("System", [escape(results.short(name)) for name in systems])]
    columns += [group(results, name, systems, results.metric(METRIC)) for name in here]
    notes = []
    seeds = rows.filter(pl.col("variant").is_in(systems))["n"]
    if len(seeds):
        few, many = seeds.min(), seeds.max()
        counted = f"{few}" if few == many else f"{few} to {many}"
        notes.append(rf"Mean absolute error on the test part, lower is better: mean over {counted} seeds.")
    if cited := citations(results, here):
        notes += [
            rf"\emph{{Italic}}: published, quoted~\cite{{{cited}}}. They trained on 60\,000 crystals of MP and",
            r"about 55\,000 of JARVIS; ours are other subsets, so that the columns are not to be read as a race.",
        ]
    table = tabular(columns, source="src/scripts/transfer_main.py", rules=starts, notes=notes)
    write_generated(output, table)


def group(results: Results, place: str, systems: list[str], measure: Metric) -> Column:
    """Ours with its interval, and where there is any, the published value."""
    rows = results.levels(place, measure.name)
    quoted = results.quoted(place, measure.name)
    cells = []
    for name in systems:
        cell = measure.level(rows.get(name, {}))
        if quoted:
            value = quoted.get(name)
            cell += rf" & \emph{{{number(value['value'], digits=value['digits'])}}}" if value else " & "
        cells.append(cell)
    title = results.place_row(place)["title"]
    header = rf"\shortstack{{{escape(title)}\\({escape(results.unit(place, measure.name))})}}"
    return Column(header, cells, r"r@{\,}l" + ("r" if quoted else ""), 3 if quoted else 2)


def citations(results: Results, here: list[str]) -> str:
    r"""Keys of the sources that are quoted at these places, as \cite takes them."""
    quoted = [value for name in here for value in results.quoted(name, METRIC).values()]
    return ",".join(dict.fromkeys(value["citation"] for value in quoted))


if __name__ == "__main__":
    main(sys.argv[1:])
