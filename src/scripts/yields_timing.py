"""Table: throughput of training, each molecule encoded once and as published, and of fingerprints."""

import sys

from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

RATE = "reactions/s"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    timings = results.timings
    rows = timings.filter(unit=RATE).to_dicts()
    columns = [
        Column("Work", [escape(row["quantity"]) for row in rows] or ["not measured"]),
        Column("Timed", [number(row["n"], digits=0) for row in rows] or [""], "r"),
        Column("Reactions/s", [number(row["value"], digits=0) for row in rows] or [""], "r"),
    ]
    devices = sorted(set(timings["device"])) if "device" in timings.columns else []
    notes = [f"On: {escape(', '.join(devices))}."] if devices else []
    write_generated(output, tabular(columns, source="src/scripts/yields_timing.py", notes=notes))


if __name__ == "__main__":
    main(sys.argv[1:])
