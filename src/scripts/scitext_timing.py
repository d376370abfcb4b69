"""Table: how fast documents are extracted, and what a step of each optimiser takes; one thread."""

import sys

from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

MILLISECONDS = {"s": ("ms", 1000.0)}  # steps take a few of them


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    timings = results.timings
    rows = [shown(row) for row in timings.to_dicts()]
    columns = [
        Column("Work", [escape(row["quantity"]) for row in rows] or ["not measured"]),
        Column("Documents", [number(row["n"], digits=0) for row in rows] or [""], "r"),
        Column(
            "Time or rate",
            [number(row["value"], digits=digits(row["value"]), of=[row["measured"]]) for row in rows] or [""],
            "r",
        ),
        Column("Unit", [escape(row["unit"]) for row in rows] or [""]),
    ]
    devices = sorted(set(timings["device"])) if "device" in timings.columns else []
    notes = [f"On: {escape(', '.join(devices))}."] if devices else []
    write_generated(output, tabular(columns, source="src/scripts/scitext_timing.py", notes=notes))


def shown(row: dict) -> dict:
    """A row with times below a second in milliseconds."""
    unit, factor = (
        MILLISECONDS.get(row["unit"], (row["unit"], 1.0)) if abs(row["value"]) < 1 else (row["unit"], 1.0)
    )
    return row | {"unit": unit, "value": factor * row["value"], "measured": row["value"]}


def digits(value: float) -> int:
    """Decimals that leave about three figures."""
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2


if __name__ == "__main__":
    main(sys.argv[1:])
