"""Table: what intervals of 90 % cover and how wide they are, by how they were made, in sample and for new additives."""

import sys

from retort.report.names import metric, place, variants
from retort.report.results import Results, present, table_arguments
from retort.report.tables import DASH, Column, escape, number, tabular
from retort.sealed import write_generated

IN = place("bh")
TESTS = {
    place("bh-test-1"): "Test 1",
    place("bh-test-2"): "Test 2",
    place("bh-test-3"): "Test 3",
    place("bh-test-4"): "Test 4",
}
SYSTEMS = variants("forest", "boosting", "kernels", "mpnn", "uam")
# `interval` of the table, and its metrics where test is drawn like training: of coverage and of width.
KINDS = {
    "normal": (metric("coverage-90"), None),
    "recalibrated": (metric("coverage-90-recalibrated"), metric("width-90-recalibrated")),
    "rows": (metric("coverage-90-conformal"), metric("width-90-conformal")),
    "groups": (None, None),
}
TITLES = {
    "normal": "As predicted",
    "recalibrated": "Recalibrated",
    "rows": "Split-conformal",
    "groups": "By additive",
}
EXPLAINED = metric("r2")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    lines = inside(results)
    starts = [0, len(lines)]
    for name, title in TESTS.items():
        table = results.at(results.details("group_conformal"), name)
        lines += [(title, system, found(table, system)) for system in present(SYSTEMS, table)]
        starts.append(len(lines))
    columns = [
        Column("Test part", [title for title, _, _ in lines]),
        Column("System", [escape(results.short(system)) for _, system, _ in lines]),
    ]
    for kind, title in TITLES.items():
        cells = [pair(values.get(kind, {})) for _, _, values in lines]
        columns.append(Column(title, cells, "rr", 2))
    worst = [values.get("groups", {}).get("lowest") for _, _, values in lines]
    columns.append(Column("worst", [number(each, percent=True, digits=0) for each in worst], "r"))
    measure = results.metric(EXPLAINED)
    explained = [values.get("groups", {}).get("r2") for _, _, values in lines]
    columns.append(Column(r"$R^2$", [measure.number(each) for each in explained], "r"))
    notes = [
        r"Pairs: coverage in percent and width in points of yield, of 90\,\% intervals that are cut at 0 and 100\,\%.",
        r"On Tests 1--4 all are calibrated on additives that training left out: by row, with those of one run, or by",
        r"additive, with those of all five. Worst: by additive, coverage of the worst test additive. $R^2$: of the",
        r"mean of the five runs; that of the Gaussian process is not free of test yields",
        r"(Section~\ref{sec:yields-systems}).",
    ]
    columns = columns if lines else [Column("Test part", ["not run at this scale"])]
    table = tabular(columns, source="src/scripts/yields_intervals.py", rules=starts, notes=notes)
    write_generated(output, table)


def inside(results: Results) -> list[tuple[str, str, dict[str, dict]]]:
    """The lines of the random split, from the summary."""
    summary = results.at(results.summary, IN).filter(part="test")
    means = {(row["variant"], row["metric"]): row["mean"] for row in summary.to_dicts()}
    lines = []
    for system in present(SYSTEMS, summary):
        values = {
            kind: {"coverage": means.get((system, covered)), "width": means.get((system, width))}
            for kind, (covered, width) in KINDS.items()
        }
        values["groups"] = {"r2": means.get((system, EXPLAINED))}
        lines.append(("random", system, values))
    return lines


def found(table, system: str) -> dict[str, dict]:
    """The intervals of one system at a test part, by their name."""
    return {row["interval"]: row for row in table.filter(variant=system).to_dicts()}


def pair(values: dict) -> str:
    """Coverage in percent and width, the two cells of an interval."""
    if values.get("coverage") is None:
        return f"{DASH} & "
    width = values.get("width")
    return f"{number(values['coverage'], percent=True, digits=0)} & {'' if width is None else number(width, digits=0)}"


if __name__ == "__main__":
    main(sys.argv[1:])
