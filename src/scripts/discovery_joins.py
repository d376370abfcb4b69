"""Table: what the data sets have in common, rows and formulas of which something is known."""

import sys

import polars as pl

from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

# Quantities that a study counts, and how the table calls them, in its order. Others are properties, by their own names.
NAMES = {
    "rows": "crystals",
    "measurements": "measurements at a temperature",
    "formulas": "distinct compositions",
    "pairs": "pairs of polymorphs",
    "formulas with pairs": "formulas with such pairs",
    "query": "queries",
    "host": "hosts of measured thermoelectrics",
    "exact": "formulas measured themselves",
    "zt": "with a measured zT",
    "power_factor": "with a computed power factor",
    "mentioned": "named beside thermoelectrics in abstracts",
    "first_year": "with a year of first measurement",
    "later": "hosts first measured in 2013 or later",
}
PROPERTY = "with {}"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    titles = dict(results.sources.select("dataset", "title").iter_rows())
    table = results.details("joins").filter(pl.col("n") > 0)
    counted = table["quantity"].unique(maintain_order=True).to_list()
    order = [name for name in NAMES if name in counted]
    order += [name for name in counted if name not in NAMES]
    known = {(dataset, quantity): n for dataset, quantity, n in table.iter_rows()}
    columns = [Column("What is counted", [escape(NAMES.get(name, PROPERTY.format(name))) for name in order])]
    for dataset in table["dataset"].unique(maintain_order=True):
        cells = [number(known.get((dataset, name)), digits=0) for name in order]
        columns.append(Column(escape(titles.get(dataset, dataset)), cells, "r"))
    write_generated(output, tabular(columns, source="src/scripts/discovery_joins.py"))


if __name__ == "__main__":
    main(sys.argv[1:])
