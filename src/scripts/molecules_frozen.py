"""Table: linear probe and nearest neighbours on frozen encoders, and the difference to the same one untrained."""

import sys

import polars as pl

from retort.report.metrics import Metric
from retort.report.names import metric, variants
from retort.report.protocols import below, gain, heading, main_metric, sizes, strict
from retort.report.results import Results, present, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, tabular
from retort.sealed import write_generated

# Each group begins with the untrained encoder, the control of the others.
GROUPS = (
    (
        *variants("gin-frozen", "dino-frozen", "dino-long-frozen", "dino-chembl-frozen"),
        *variants("contrast-frozen", "molclr-frozen", "descriptors-frozen"),
    ),
    variants("walks-frozen", "ngram-graph-frozen"),
    variants("smiles-frozen", "dino-smiles-frozen", "mlm-frozen"),
)
NEIGHBOURS = {metric("roc_auc"): metric("roc_auc_knn"), metric("rmse"): metric("rmse_knn")}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    summary = results.summary.filter(part="test")
    everything = [name for group in GROUPS for name in group]
    places = [name for name in strict(results) if present(everything, results.at(summary, name))]
    here = pl.concat([summary.clear(), *(results.at(summary, name) for name in places)])
    groups = [found for group in GROUPS if (found := present(group, here))]
    systems = [name for group in groups for name in group]
    labels, starts = [], []
    for group in groups:
        starts.append(len(labels))
        for name in group:
            labels.append(escape(results.title(name)))
            if results.system(name)["control"]:
                labels.append(r"\quad minus untrained")
    columns_of: dict[str, dict[str, list[str]]] = {}  # metric: header: cells
    for name in places:
        measure = main_metric(results, results.at(summary, name))
        columns_of.setdefault(measure.name, {})[heading(results, name, measure)] = cells(
            results, name, systems, measure
        )
    columns, rules = stacked("Encoder", labels, list(columns_of.values()), rules=starts)
    notes = []
    if systems:
        notes.append("Linear probe, and in brackets the nearest neighbours; differences of the probe.")
        notes += sizes(results, places, systems)
    write_generated(
        output, tabular(columns, source="src/scripts/molecules_frozen.py", rules=rules, notes=notes)
    )


def cells(results: Results, place: str, systems: list[str], measure: Metric) -> list[str]:
    """The score of each encoder, followed by its gain where it has an untrained counterpart."""
    rows = {
        (row["variant"], row["metric"]): row["mean"]
        for row in results.at(results.summary, place).filter(part="test").to_dicts()
    }
    found = []
    for name in systems:
        neighbours = rows.get((name, NEIGHBOURS[measure.name]))
        beside = "" if neighbours is None else f"({measure.number(neighbours)})"
        found.append(f"{measure.number(rows.get((name, measure.name)))} & {beside}")
        control = results.system(name)["control"]
        if control:
            found.append(below(gain(results, place, name, control, measure)))
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
