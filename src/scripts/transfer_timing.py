"""Table: time of a training epoch of each model and of graph building, for every 1,000 formulas or crystals."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular

TIME = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0, "h": 3600.0}
# Units of the other quantities: a share of the machine's own matrix-multiply rate, the speed over published code.
SHARE, RATIO = "fraction", "ratio"
# The machine's rate of multiplying matrices, which the shares refer to: said below the table.
RATE = "GFLOP/s"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "transfer", argv)
    timings = results.timings
    rows: dict[str, dict] = {}
    for row in timings.filter(pl.col("unit") != RATE).to_dicts():
        # "epoch of crabnet, published code" belongs to the line "epoch of crabnet".
        name = row["quantity"] if row["unit"] in TIME else row["quantity"].partition(",")[0]
        line = rows.setdefault(name.replace("_", " "), {})
        if row["unit"] in TIME:
            line["n"] = row["n"]
            line["each"] = row["value"] * TIME[row["unit"]] / row["n"] * 1000 if row["n"] else None
        else:
            line[row["unit"]] = row["value"]
    columns = [
        Column("Work", [escape(name) for name in rows] or ["not measured"]),
        Column("Timed", [number(line.get("n"), digits=0) for line in rows.values()] or [""], "r"),
        Column(
            r"Time for 1\,000 (s)",
            [number(line.get("each"), digits=2) for line in rows.values()] or [""],
            "r",
        ),
    ]
    if any(SHARE in line for line in rows.values()):
        cells = [number(line.get(SHARE), percent=True) for line in rows.values()]
        columns.append(Column(r"Of the matrix rate (\%)", cells, "r"))
    if any(RATIO in line for line in rows.values()):
        cells = [number(line.get(RATIO), digits=2) for line in rows.values()]
        columns.append(Column("Speed over published code", cells, "r"))
    devices = sorted(set(timings["device"])) if "device" in timings.columns else []
    notes = [f"On: {escape(', '.join(devices))}."] if devices else []
    for row in timings.filter(unit=RATE).to_dicts():
        notes.append(f"Matrix rate: {number(row['value'], digits=0)} GFLOP/s.")
    write_whole(output, tabular(columns, source="src/scripts/transfer_timing.py", notes=notes))


if __name__ == "__main__":
    main(sys.argv[1:])
