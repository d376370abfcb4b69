"""Table: what the data sets have in common, rows and formulas of which something is known."""

import sys

import polars as pl

from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

# Quantities that a study counts, and how the table calls them. Others are printed as they are called.
NAMES = {
    "rows": "crystals",
    "formulas": "distinct compositions",
    "query": "queries",
    "host": "hosts of measured thermoelectrics",
    "exact": "formulas measured themselves",
    "mentioned": "named beside thermoelectrics in abstracts",
    "zt": "with a measured zT",
    "power_factor": "with a computed power factor",
    "first_year": "with a year of first measurement",
    "later": "hosts first measured in 2013 or later",
    "pairs": "pairs of polymorphs",
    "formulas with pairs": "formulas with such pairs",
}
PROPERTY = "with {}"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    titles = dict(results.sources.select("dataset", "title").iter_rows())
    table = results.details("joins").filter(pl.col("n") > 0)
    rows = table.to_dicts()
    first = [number == 0 or row["dataset"] != rows[number - 1]["dataset"] for number, row in enumerate(rows)]
    sets = [
        escape(titles.get(row["dataset"], row["dataset"])) if new else ""
        for row, new in zip(rows, first, strict=True)
    ]
    columns = [
        Column("Data set", sets),
        Column("What is counted", [escape(called(row["quantity"])) for row in rows]),
        Column("Number", [number(row["n"], digits=0) for row in rows], "r"),
    ]
    rules = [row for row, new in enumerate(first) if new]
    write_generated(output, tabular(columns, source="src/scripts/discovery_joins.py", rules=rules))


def called(quantity: str) -> str:
    """What a count is of; a property stands by its own name."""
    return NAMES.get(quantity, PROPERTY.format(quantity))


if __name__ == "__main__":
    main(sys.argv[1:])
