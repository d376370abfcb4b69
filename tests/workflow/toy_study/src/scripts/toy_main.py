"""Table: the error of every system on test alloys, and what it gains over its control."""

import sys

from retort.report.metrics import Metric
from retort.report.names import family, metric, places, variants
from retort.report.results import present, table_arguments
from retort.report.tables import DASH, Column, escape, tabular, text
from retort.sealed import write_generated

PLACES = places("alloys", "alloys-few")
SYSTEMS = variants("mean", "ridge", "lent", "borrowed")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "toy", argv)
    mae = results.metric(metric("mae"))
    summary = results.summary.filter(part="test", metric=mae.name)
    contrasts = results.contrasts.filter(part="test", metric=mae.name, family=family("control"))
    systems = present(SYSTEMS, summary)
    columns = [text("System", [results.title(name) for name in systems])]
    for place in PLACES:
        levels = {row["variant"]: row for row in results.at(summary, place).to_dicts()}
        gains = {row["variant"]: row for row in results.at(contrasts, place).to_dicts()}
        header = escape(results.place_row(place)["title"])
        columns += [
            Column(header, [mae.number(levels[name]["mean"]) for name in systems], "r"),
            Column("minus control", [gain(mae, gains.get(name)) for name in systems], "r"),
        ]
    write_generated(output, tabular(columns, source="src/scripts/toy_main.py"))


def gain(mae: Metric, row: dict | None) -> str:
    """The difference with its interval; a dash where a system has no control."""
    if row is None:
        return DASH
    interval = mae.interval(row["low"], row["high"], signed=True)
    return f"{mae.number(row['difference'], signed=True)} {interval}"


if __name__ == "__main__":
    main(sys.argv[1:])
