"""Table: time of a query of the pool, of training a network of six tasks, and of counting words; one thread."""

import sys

from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    timings = results.timings
    titles = dict(results.systems.select("variant", "title").iter_rows())
    rows = timings.to_dicts()
    columns = [
        Column("Work", [escape(called(row["quantity"], titles)) for row in rows] or ["not measured"]),
        Column("Of", [number(row["n"], digits=0) for row in rows] or [""], "r"),
        Column("Time or rate", [number(row["value"], digits=1) for row in rows] or [""], "r"),
        Column("Unit", [escape(row["unit"]) for row in rows] or [""]),
    ]
    devices = sorted(set(timings["device"])) if "device" in timings.columns else []
    notes = [f"On: {escape(', '.join(devices))}."] if devices else []
    write_generated(output, tabular(columns, source="src/scripts/discovery_timing.py", notes=notes))


def called(quantity: str, titles: dict[str, str]) -> str:
    """What was timed; a ranker, named after its variant at the end, by its title."""
    work, _, name = quantity.rpartition(", ")
    return f"{work}, {titles[name]}" if name in titles else quantity


if __name__ == "__main__":
    main(sys.argv[1:])
