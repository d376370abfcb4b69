"""Table: throughput of the parts of the study, and their speed over published code where that was measured."""

import sys

import polars as pl

from retort.report.output import write
from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular

RATE, RATIO = "molecules/s", "ratio"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    timings = results.timings
    rows: dict[str, dict] = {}
    for row in timings.filter(pl.col("unit").is_in([RATE, RATIO])).to_dicts():
        # "MolCLR pre-training, published code" belongs to the line "MolCLR pre-training".
        name = row["quantity"] if row["unit"] == RATE else row["quantity"].partition(",")[0]
        line = rows.setdefault(name.replace("_", " "), {})
        line[row["unit"]] = row["value"]
        line.setdefault("n", row["n"])
    columns = [
        Column("Work", [escape(name) for name in rows] or ["not measured"]),
        Column("Timed", [number(line["n"], digits=0) for line in rows.values()] or [""], "r"),
        Column("Molecules/s", [number(line.get(RATE), digits=0) for line in rows.values()] or [""], "r"),
    ]
    if any(RATIO in line for line in rows.values()):
        cells = [number(line.get(RATIO), digits=1) for line in rows.values()]
        columns.append(Column("Speed over published code", cells, "r"))
    devices = sorted(set(timings["device"])) if "device" in timings.columns else []
    notes = [f"On: {escape(', '.join(devices))}."] if devices else []
    write(output, tabular(columns, source="src/scripts/molecules_timing.py", notes=notes))


if __name__ == "__main__":
    main(sys.argv[1:])
