"""Table: the time to find similar known targets, in total and for each target, beside the published time."""

import sys

from retort.files import write_whole
from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular

# He et al. 2023, supplement: vectors of the test targets one by one, and their similarity to all known targets.
PUBLISHED_SECONDS, PUBLISHED_TARGETS, CITATION = 26.0, 2654, "he2023precursor"
TIME = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0, "h": 3600.0}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "precursors", argv)
    timings = results.timings
    rows = [
        (escape(row["quantity"].replace("_", " ")), row["value"] * TIME[row["unit"]], row["n"])
        for row in timings.to_dicts()
        if row["unit"] in TIME
    ]
    rows.append((rf"\emph{{published, quoted}}~\cite{{{CITATION}}}", PUBLISHED_SECONDS, PUBLISHED_TARGETS))
    columns = [
        Column("Step", [name for name, _, _ in rows]),
        Column("Targets", [number(n, digits=0) for _, _, n in rows], "r"),
        Column("Total (s)", [number(seconds, digits=2) for _, seconds, _ in rows], "r"),
        Column(
            "Each (ms)", [number(1000 * seconds / n if n else None, digits=3) for _, seconds, n in rows], "r"
        ),
    ]
    devices = sorted(set(timings["device"])) if "device" in timings.columns else []
    notes = [f"Ours on: {escape(', '.join(devices))}."] if devices else []
    rules = [len(rows) - 1]
    write_whole(output, tabular(columns, source="src/scripts/precursors_timing.py", rules=rules, notes=notes))


if __name__ == "__main__":
    main(sys.argv[1:])
