"""Table: all systems under the one strict protocol, a column a set; below each score, the difference to the forest."""

import sys
from dataclasses import replace

import polars as pl

from retort.report.metrics import Metric
from retort.report.names import variant, variants
from retort.report.protocols import below, estimate, gain, heading, main_metric, sizes, strict
from retort.report.results import Results, present, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, tabular, wrapped
from retort.sealed import write_generated

GROUPS = (
    variants("forest", "svm", "ngram"),
    variants("dmpnn", "gin", "gin-gentle", "smiles"),
    variants("ngram-graph", "ngram-graph-untrained"),
    variants(
        "dino-tuned", "dino-long-tuned", "contrast-tuned", "molclr-tuned", "dino-smiles-tuned", "mlm-tuned"
    ),
    variants("descriptors-tuned", "supervised-tuned"),
)
REFERENCE = variant("forest")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    places = strict(results)
    summary = results.summary.filter(part="test")
    here = pl.concat([summary.clear(), *(results.at(summary, name) for name in places)])
    present_groups = [found for group in GROUPS if (found := present(group, here))]
    labels, starts = [], []
    for group in present_groups:
        starts.append(len(labels))
        for name in group:
            labels += [escape(results.title(name))] + [""] * (name != REFERENCE)
    systems = [name for group in present_groups for name in group]
    columns_of: dict[str, dict[str, list[str]]] = {}  # metric: header: cells
    for name in places:
        measure = main_metric(results, results.at(summary, name))
        columns_of.setdefault(measure.name, {})[heading(results, name, measure)] = cells(
            results, name, systems, measure
        )
    columns, rules = stacked("System", labels, list(columns_of.values()), rules=starts)
    # Long names take two lines, or the table would be wider than the page.
    columns[0] = replace(columns[0], align=wrapped(0.17))
    notes = []
    if systems:
        if REFERENCE in systems:
            notes.append(rf"Second lines: difference to {escape(results.title(REFERENCE))}.")
        notes += sizes(results, places, systems)
    write_generated(
        output, tabular(columns, source="src/scripts/molecules_strict.py", rules=rules, notes=notes)
    )


def cells(results: Results, place: str, systems: list[str], measure: Metric) -> list[str]:
    """The score of each system, followed by what it gains over the forest; the forest has only the first."""
    rows = results.at(results.summary, place).filter(
        pl.col("variant").is_in(systems), part="test", metric=measure.name
    )
    found = []
    for name in systems:
        text, interval = estimate(measure, rows.filter(variant=name))
        found.append(f"{text} & {interval}")
        if name != REFERENCE:
            found.append(below(gain(results, place, name, REFERENCE, measure)))
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
