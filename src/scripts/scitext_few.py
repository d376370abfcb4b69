"""Table: F1 with few annotated documents, of what was read before and of what reads nothing."""

import sys

from retort.report.names import metric, place, variant, variants
from retort.report.results import in_blocks, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, tabular
from retort.sealed import write_generated

F1 = metric("f1")
PLACES = {
    place("scierc-entities-n35"): "entities",
    place("scierc-entities-n90"): "entities",
    place("scierc-entities-n175"): "entities",
    place("scierc-relations-n90"): "relations",
    place("scierc-coreference-n90"): "coreference",
}
BLOCKS = (
    variants("gazetteer", "word-crf"),
    variants("random", "general", "general-longer", "science"),
)
READ = variant("science")
AGAINST = {
    variant("general-longer"): "science less more general text",
    variant("general"): "science less general text",
}
ACROSS = 3


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    levels = {name: rows for name in PLACES if (rows := results.levels(name, F1))}
    ran = {system for rows in levels.values() for system in rows}
    systems, starts = in_blocks(BLOCKS, ran)
    against = [other for other in AGAINST if {READ, other} <= ran]
    group = {
        results.heading(name, PLACES[name], "documents"): [
            *(results.metric(F1).level(rows.get(system, {})) for system in systems),
            *(results.difference(name, READ, other, F1) for other in against),
        ]
        for name, rows in levels.items()
    }
    names = [escape(results.short(name)) for name in systems] + [AGAINST[other] for other in against]
    rules = [*starts, len(systems)]
    columns, spaces = stacked("System", names, [group] if group else [], rules=rules, across=ACROSS)
    notes = [
        r"F1 on test in \%, means over draws of the documents, and differences in points, with 95\,\% intervals."
    ]
    table = tabular(columns, source="src/scripts/scitext_few.py", rules=spaces, notes=notes)
    write_generated(output, table)


if __name__ == "__main__":
    main(sys.argv[1:])
