"""Table: the error of each arm, from fingerprints with boosting to UAM with its loan, with few labels and with all."""

import sys

from retort.report.names import metric, places, variants
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, number, tabular, wrapped
from retort.sealed import write_generated

METRIC = metric("mae")
PLACES = places("bh-n99", "bh-n396", "bh", "eln", "hitea-year")
MOST_PLACES = 4
ARMS = variants("forest", "boosting", "mpnn", "uam-random-h", "uam-scratch", "uam")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    summary = results.summary.filter(part="test", metric=METRIC)
    here = [name for name in PLACES if not results.at(summary, name).is_empty()][:MOST_PLACES]
    arms = [name for name in ARMS if any(present([name], results.at(summary, place)) for place in here)]
    width = wrapped(0.17 if len(here) > 2 else 0.42)
    columns = [Column("Arm", [escape(results.short(name)) for name in arms], width)]
    columns += [group(results, place, arms) for place in here]
    notes = [
        r"Mean absolute error on the test part, in points of yield; means over draws and seeds with 95\,\% intervals."
    ]
    write_generated(output, tabular(columns, source="src/scripts/yields_arms.py", notes=notes))


def group(results: Results, place: str, arms: list[str]) -> Column:
    """The errors at one place, under its title and the number of its labels."""
    measure = results.metric(METRIC)
    rows = results.levels(place, METRIC)
    cells = [measure.level(rows.get(name, {})) for name in arms]
    row = results.place_row(place)
    title = escape(row["title"].split(", ")[0])
    labels = row["rows_train"] if row["labels_train"] is None else row["labels_train"]
    header = rf"\shortstack{{{title}\\$n = {number(labels, digits=0)}$}}"
    return Column(header, cells, r"r@{\,}l", 2)


if __name__ == "__main__":
    main(sys.argv[1:])
