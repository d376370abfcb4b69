"""Table: all systems under the one strict protocol, a column a set, with a mark where one differs from the forest."""

import sys
from dataclasses import replace

import polars as pl

from retort.report.metrics import Metric
from retort.report.names import variant, variants
from retort.report.protocols import estimate, heading, main_metric, sizes, strict
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
MANY = 4  # columns, that of the names among them
BETTER, WORSE = "$^{+}$", "$^{-}$"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    places = strict(results)
    summary = results.summary.filter(part="test")
    here = pl.concat([summary.clear(), *(results.at(summary, name) for name in places)])
    present_groups = [found for group in GROUPS if (found := present(group, here))]
    labels, starts = [], []
    for group in present_groups:
        starts.append(len(labels))
        labels += [escape(results.title(name)) for name in group]
    systems = [name for group in present_groups for name in group]
    columns_of: dict[str, dict[str, list[str]]] = {}  # metric: header: cells
    for name in places:
        measure = main_metric(results, results.at(summary, name))
        columns_of.setdefault(measure.name, {})[heading(results, name, measure)] = cells(
            results, name, systems, measure
        )
    columns, rules = stacked("System", labels, list(columns_of.values()), rules=starts)
    # Beside many sets long names take two lines, or the table would be wider than the page.
    columns[0] = replace(columns[0], align=wrapped(0.17 if len(columns) > MANY else 0.3))
    notes = []
    if systems:
        if REFERENCE in systems:
            notes.append(
                rf"{BETTER}, {WORSE}: better or worse than {escape(results.title(REFERENCE))}, by the interval of the "
                "difference on the same molecules."
            )
        notes += sizes(results, places, systems)
    write_generated(
        output, tabular(columns, source="src/scripts/molecules_strict.py", rules=rules, notes=notes)
    )


def cells(results: Results, place: str, systems: list[str], measure: Metric) -> list[str]:
    """The score of each system with its interval, and whether it is another than the forest's."""
    rows = results.at(results.summary, place).filter(
        pl.col("variant").is_in(systems), part="test", metric=measure.name
    )
    found = []
    for name in systems:
        text, interval = estimate(measure, rows.filter(variant=name))
        found.append(f"{text} & {interval}{mark(results, place, name, measure)}")
    return found


def mark(results: Results, place: str, name: str, measure: Metric) -> str:
    """Whether a system is better or worse than the forest; empty where zero lies in the interval, or there is none."""
    compared = results.at(results.contrast(name, REFERENCE), place).filter(part="test", metric=measure.name)
    for low, high in compared.select("low", "high").drop_nulls().iter_rows():
        if low > 0 or high < 0:
            return BETTER if (low > 0) == (measure.better == "higher") else WORSE
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])
