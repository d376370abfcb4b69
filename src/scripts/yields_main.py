"""Table: MAE, RMSE and R2 of every system where test is drawn like training, or from later years or new substrates."""

import sys

from retort.report.names import metrics, places, variants
from retort.report.results import Results, in_blocks, present, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, number, tabular
from retort.sealed import write_generated

METRICS = metrics("mae", "rmse", "r2")
PLACES = places("bh", "suzuki", "amide", "eln", "nicolit", "hitea-year")
GROUPS = (
    variants("constant", "forest-onehot", "forest", "boosting", "neighbours", "kernels", "mlp"),
    variants("mpnn", "mpnn-short", "transformer", "transformer-masked", "uam-scratch", "uam"),
)
ACROSS = 6


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    summary = results.summary.filter(part="test")
    here = [name for name in PLACES if not results.at(summary, name).is_empty()]
    ran = {name for place in here for name in results.at(summary, place)["variant"]}
    systems, starts = in_blocks(GROUPS, ran)
    blocks = [
        {
            heading(results, place, measure): cells(results, place, measure, systems)
            for place in here
            if present(systems, results.at(summary, place).filter(metric=measure))
        }
        for measure in METRICS
    ]
    if len(here) * len(METRICS) <= ACROSS:  # one place: its metrics stand side by side
        blocks = [{header: column for block in blocks for header, column in block.items()}]
    names = [escape(results.short(name)) for name in systems]
    columns, rules = stacked("System", names, blocks, rules=starts, across=ACROSS)
    notes = [
        r"MAE and RMSE in points of yield, predictions clipped to 0--100\,\%; means over draws and seeds,",
        r"with 95\,\% intervals.",
    ]
    if here:
        notes.append(f"Rows of training and test: {'; '.join(sizes(results, place) for place in here)}.")
    table = tabular(columns, source="src/scripts/yields_main.py", rules=rules, notes=notes)
    write_generated(output, table)


def heading(results: Results, place: str, name: str) -> str:
    """Above a column: the place, and below it the metric."""
    title = escape(results.place_row(place)["title"])
    return rf"\shortstack{{{title}\\{escape(results.metric(name).header)}}}"


def cells(results: Results, place: str, name: str, systems: list[str]) -> list[str]:
    """The level of each system with its interval; a dash where it was not run."""
    rows = results.levels(place, name)
    return [results.metric(name).level(rows.get(system, {})) for system in systems]


def sizes(results: Results, place: str) -> str:
    """A place and how many reactions it has, in the first draw."""
    row = results.place_row(place)
    counts = (number(row[key], digits=0) for key in ("rows_train", "rows_test"))
    return f"{escape(row['title'])} {' and '.join(counts)}"


if __name__ == "__main__":
    main(sys.argv[1:])
