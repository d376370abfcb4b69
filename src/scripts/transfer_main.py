"""Table: test error of students, taught students and teacher for each property, beside the published values."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.results import present, table_arguments
from retort.report.tables import DASH, Column, bracketed, escape, number, tabular

METRIC = "mae"
PLACES = ("mp-formation", "mp-gap", "jarvis-formation", "jarvis-gap")
SYSTEMS = {
    "crabnet": "CrabNet",
    "ts-crabnet": "T-S CrabNet",
    "roost": "Roost",
    "ts-roost": "T-S Roost",
    "teacher": "teacher",
    "boosting": "boosting on Magpie",
    "median": "median",
}
GROUPS = ("teacher", "boosting")
DIGITS = 3
CITATION = "zhu2023teacher"
# Zhu and Yang, Table 1, in the order of PLACES; their teacher is ALIGNN on all crystals of both databases.
PUBLISHED = {
    "crabnet": (0.058, 0.366, 0.088, 0.200),
    "ts-crabnet": (0.048, 0.327, 0.084, 0.183),
    "roost": (0.060, 0.387, 0.103, 0.210),
    "ts-roost": (0.054, 0.362, 0.095, 0.210),
    "teacher": (0.022, 0.218, 0.033, 0.140),
}
PUBLISHED_FOR = {"mp", "mp20", "jarvis"}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "transfer", argv)
    summary = results.summary.filter(part="test", metric=METRIC)
    places = [name for name in PLACES if not results.at(summary, name).is_empty()]
    here = pl.concat([results.at(summary, name) for name in places]) if places else summary.clear()
    systems = present(SYSTEMS, here)
    columns = [Column("System", [SYSTEMS[name] for name in systems])]
    quoted = False
    for name in places:
        table, about = results.at(summary, name), results.blocks[name]
        beside = about["dataset"] in PUBLISHED_FOR
        quoted |= beside
        columns.append(group(about["title"] or name, table, systems, PLACES.index(name) if beside else None))
    runs = here.filter(pl.col("variant").is_in([name for name in systems if name != "median"]))["n"]
    notes = []
    if len(runs):
        few, many = runs.min(), runs.max()
        counted = f"{few}" if few == many else f"{few} to {many}"
        notes.append(rf"Mean absolute error on the test part, lower is better: trimean over {counted} seeds.")
    if quoted:
        notes += [
            rf"\emph{{Italic}}: published, quoted~\cite{{{CITATION}}}. They trained on 60\,000 crystals of MP and",
            r"about 55\,000 of JARVIS; ours are other subsets, so that the columns are not to be read as a race.",
        ]
    first = [row for row, name in enumerate(systems) if name in GROUPS and row]
    table = tabular(columns, source="src/scripts/transfer_main.py", rules=first, notes=notes)
    write_whole(output, table)


def group(title: str, table: pl.DataFrame, systems: list[str], published: int | None) -> Column:
    """Ours with its interval, and where `published` gives the column of PUBLISHED, the quoted value."""
    rows = {row["variant"]: row for row in table.to_dicts()}
    cells = []
    for name in systems:
        row = rows.get(name)
        value, interval = DASH, ""
        if row:
            value = number(row["trimean"], digits=DIGITS)
            interval = bracketed(row["low"], row["high"], digits=DIGITS)
        cell = f"{value} & " + (rf"{{\scriptsize {interval}}}" if interval else "")
        if published is not None:
            cell += rf" & \emph{{{PUBLISHED[name][published]:.3f}}}" if name in PUBLISHED else " & "
        cells.append(cell)
    header = rf"\shortstack{{{escape(title)}\\({escape(table['unit'][0])})}}"
    more = published is not None
    return Column(header, cells, r"r@{\,}l" + ("r" if more else ""), 3 if more else 2)


if __name__ == "__main__":
    main(sys.argv[1:])
