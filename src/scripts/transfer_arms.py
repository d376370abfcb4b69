"""Table: the error of each arm, from what needs no network to the lender's labels, with few labels and with all."""

import sys

from retort.report.names import metric, places, variants
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, number, tabular, wrapped
from retort.sealed import write_generated

METRIC = metric("mae")
PLACES = places("mp-formation-n100", "mp-formation-05", "mp-formation", "mp-gap-05", "jarvis-formation-05")
MOST_PLACES = 4
ARMS = variants("boosting", "crabnet", "crabnet-fair", "ts-crabnet-own", "ts-crabnet", "crabnet-labels")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "transfer", argv)
    summary = results.summary.filter(part="test", metric=METRIC)
    here = [name for name in PLACES if not results.at(summary, name).is_empty()][:MOST_PLACES]
    arms = [name for name in ARMS if any(present([name], results.at(summary, place)) for place in here)]
    columns = [
        Column(
            "Arm", [escape(results.short(name)) for name in arms], wrapped(0.17 if len(here) > 2 else 0.42)
        )
    ]
    columns += [group(results, place, arms) for place in here]
    notes = [r"Mean absolute error on the test part; means over draws and seeds with 95\,\% intervals."]
    write_generated(output, tabular(columns, source="src/scripts/transfer_arms.py", notes=notes))


def group(results: Results, place: str, arms: list[str]) -> Column:
    """The errors at one place, under its title and the number of its labels."""
    measure = results.metric(METRIC)
    rows = results.levels(place, METRIC)
    cells = [measure.level(rows.get(name, {})) for name in arms]
    row = results.place_row(place)
    title = escape(row["title"].split(", ")[0])
    counted = number(row["labels_train"], digits=0)
    header = rf"\shortstack{{{title}\\({escape(results.unit(place, METRIC))})\\$n = {counted}$}}"
    return Column(header, cells, r"r@{\,}l", 2)


if __name__ == "__main__":
    main(sys.argv[1:])
