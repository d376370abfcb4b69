"""Table: the error of each arm, from fingerprints with boosting to UAM with its loan, with few labels and with all."""

import sys

from retort.report.names import metric, places, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.tables import Column, escape, number, tabular, wrapped
from retort.sealed import write_generated

METRIC = metric("mae")
PLACES = places("bh-n99", "bh-n396", "bh", "eln", "hitea-year")
MOST_PLACES = 4
ARMS = variants("forest", "boosting", "mpnn", "uam-random-h", "uam-scratch", "uam")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    here = [name for name in PLACES if results.levels(name, METRIC)][:MOST_PLACES]
    arms, _ = in_blocks([ARMS], {name for place in here for name in results.levels(place, METRIC)})
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
    title = escape(results.place_row(place)["title"].split(", ")[0])
    header = rf"\shortstack{{{title}\\$n = {number(results.labels(place), digits=0)}$}}"
    return Column(header, cells, r"r@{\,}l", 2)


if __name__ == "__main__":
    main(sys.argv[1:])
