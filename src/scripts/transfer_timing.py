"""Table: time of a training epoch of each model and of graph building, for every 1,000 formulas or crystals."""

import sys

from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

TIME = "s"
# A share of the machine's own matrix-multiply rate.
SHARE = "fraction"
# The machine's rate of multiplying matrices, which the shares refer to: said below the table.
RATE = "GFLOP/s"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "transfer", argv)
    timings = results.timings
    # "epoch of CrabNet (as trained), share of the matrix rate" belongs to the line "epoch of CrabNet (as trained)".
    shares = {
        row["quantity"].partition(",")[0]: row["value"] for row in timings.filter(unit=SHARE).to_dicts()
    }
    rows = timings.filter(unit=TIME).to_dicts()
    each = [number(1000 * row["value"] / row["n"], digits=2, of=[row["value"], row["n"]]) for row in rows]
    columns = [
        Column("Work", [escape(row["quantity"]) for row in rows] or ["not measured"]),
        Column("Timed", [number(row["n"], digits=0) for row in rows] or [""], "r"),
        Column(r"Time for 1\,000 (s)", each or [""], "r"),
    ]
    if shares:
        cells = [number(shares.get(row["quantity"]), percent=True) for row in rows]
        columns.append(Column(r"Of the matrix rate (\%)", cells or [""], "r"))
    notes = [f"Timed: records. On: {escape(', '.join(sorted(set(timings['device']))))}."] if rows else []
    for row in timings.filter(unit=RATE).to_dicts():
        notes.append(f"Matrix rate: {number(row['value'], digits=0)} GFLOP/s, of multiplying large matrices.")
    write_generated(output, tabular(columns, source="src/scripts/transfer_timing.py", notes=notes))


if __name__ == "__main__":
    main(sys.argv[1:])
