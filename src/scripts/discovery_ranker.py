"""Table: one network of six tasks against others, as gains with few labels and with all; tasks and rows apart."""

import sys

import polars as pl

from retort.report.names import metric, place, variant
from retort.report.results import Results, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, estimated, number, tabular
from retort.sealed import write_generated

ERROR = metric("mae")
GAIN = ("gain", "gain_low", "gain_high")
# What the gain of the first over the second is worth: more tasks on the same rows, other networks, more rows.
COMPARED = {
    (variant("mmoe"), variant("single")): "six tasks over one, as published",
    (variant("mmoe"), variant("single-wide")): "six tasks over one, equal size",
    (variant("shared"), variant("single")): "shared bottom over one task",
    (variant("mmoe"), variant("shared-wide")): "experts over a shared bottom, equal size",
    (variant("single-auxiliary"), variant("single")): "more rows, one task",
    (variant("mmoe-auxiliary"), variant("mmoe")): "more rows, six tasks",
    (variant("mmoe-auxiliary"), variant("single-auxiliary")): "six tasks over one, more rows",
    (variant("mmoe"), variant("boosting")): "six tasks over boosting",
}
GROUPS = (
    (place("energy-05"), place("gap-05"), place("bulk-05")),
    (place("shear-05"), place("debye-05"), place("expansion-05")),
    (place("energy-25"), place("gap-25"), place("bulk-25")),
    (place("shear-25"), place("debye-25"), place("expansion-25")),
    (place("energy"), place("gap"), place("bulk")),
    (place("shear"), place("debye"), place("expansion")),
)
ACROSS = 3


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    tables = {pair: results.contrast(*pair).filter(part="test", metric=ERROR) for pair in COMPARED}
    pairs = [pair for pair, table in tables.items() if len(table)]
    groups = [
        {
            heading(results, name): [cell(results.at(tables[pair], name)) for pair in pairs]
            for name in group
            if any(len(results.at(tables[pair], name)) for pair in pairs)
        }
        for group in GROUPS
    ]
    names = [escape(COMPARED[pair]) for pair in pairs]
    columns, rules = stacked("Gain $g$ of", names, [group for group in groups if group], across=ACROSS)
    notes = [
        r"By the MAE, positive where the first has the smaller error; 95\,\% intervals, over the same draws and"
        " test rows."
    ]
    table = tabular(columns, source="src/scripts/discovery_ranker.py", rules=rules, notes=notes)
    write_generated(output, table)


def heading(results: Results, name: str) -> str:
    """Above a column: the place and how many labels train."""
    title = escape(results.place_row(name)["title"].split(" (")[0])
    return rf"\shortstack{{{title}\\$n = {number(results.labels(name), digits=0)}$}}"


def cell(table: pl.DataFrame) -> str:
    """The gain at one place with its interval, the two cells of a column."""
    rows = table.to_dicts()
    value, low, high = (rows[0][column] for column in GAIN) if rows else (None, None, None)
    return estimated(value, low, high, digits=2, signed=True)


if __name__ == "__main__":
    main(sys.argv[1:])
