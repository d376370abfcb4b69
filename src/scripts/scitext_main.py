"""Table: F1 of every start on the three tasks, by how many documents are annotated."""

import sys

from retort.report.names import metric, place, variants
from retort.report.results import in_blocks, table_arguments
from retort.report.tables import Column, escape, tabular
from retort.sealed import write_generated

F1 = metric("f1")
PLACES = {
    place("scierc-entities"): "entities",
    place("scierc-entities-n90"): "entities",
    place("scierc-relations"): "relations",
    place("scierc-coreference"): "coreference",
}
BLOCKS = (
    variants("random", "general", "general-longer", "science"),
    variants("science-1m", "science-10m", "general-10m", "science-only", "causal"),
    variants("bert-random", "bert", "bert-science"),
)


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    levels = {name: rows for name in PLACES if (rows := results.levels(name, F1))}
    ran = {system for rows in levels.values() for system in rows}
    systems, starts = in_blocks(BLOCKS, ran)
    columns = [Column("Start", [escape(results.short(name)) for name in systems])]
    for name, rows in levels.items():
        cells = [results.metric(F1).level(rows.get(system, {})) for system in systems]
        columns.append(Column(results.heading(name, PLACES[name], "documents"), cells, r"r@{\,}l", 2))
    notes = [
        r"F1 on test in \%, means over draws and seeds with 95\,\% intervals, each of a model that was selected on"
        " validation for its task. Coreference: mean of MUC, B$^3$ and CEAF$_e$."
    ]
    table = tabular(columns, source="src/scripts/scitext_main.py", rules=starts, notes=notes)
    write_generated(output, table)


if __name__ == "__main__":
    main(sys.argv[1:])
