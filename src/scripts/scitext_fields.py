"""Table: entities of other fields, materials and biomedicine: what reading of computer science is worth there."""

import sys

from retort.report.names import metric, place, variant, variants
from retort.report.results import Results, table_arguments
from retort.report.tables import Column, escape, tabular
from retort.sealed import write_generated

F1 = metric("f1")
# Place: the data set, and what one of its documents is.
PLACES = {
    place("scierc-entities"): ("SciERC", "abstracts"),
    place("matscholar"): ("Matscholar", "sentences"),
    place("sofc"): ("SOFC-Exp", "papers"),
    place("genia"): ("GENIA, flat", "abstracts"),
}
SYSTEMS = variants(
    "gazetteer", "word-crf", "random", "bert", "general", "general-longer", "science", "renewed-ffn-3"
)
READ = variant("science")
# What the first line below the systems holds science against, and the next.
AGAINST = {
    variant("general-longer"): "science less more general text",
    variant("general"): "science less general text",
    variant("random"): "science less random start",
}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    levels = {name: rows for name in PLACES if READ in (rows := results.levels(name, F1))}
    systems = [name for name in SYSTEMS if any(name in rows for rows in levels.values())]
    compared = [other for other in AGAINST if any(results.compared(name, READ, other, F1) for name in levels)]
    labels = [escape(results.short(name)) for name in systems] + [AGAINST[other] for other in compared]
    columns = [Column("System", labels)]
    for name, rows in levels.items():
        cells = [results.metric(F1).level(rows.get(system, {})) for system in systems]
        cells += [results.difference(name, READ, other, F1) for other in compared]
        columns.append(Column(heading(results, name), cells, r"r@{\,}l", 2))
    notes = [
        r"F1 of entities on test in \%, and differences in points, with 95\,\% intervals. Science: abstracts of"
        " computer science, everywhere."
    ]
    table = tabular(columns, source="src/scripts/scitext_fields.py", rules=[len(systems)], notes=notes)
    write_generated(output, table)


def heading(results: Results, name: str) -> str:
    """Above a column: the data set and how many documents train."""
    title, documents = PLACES[name]
    generated = results.places.filter(name=name)["generated"][0]
    return results.heading(name, "generated" if generated else title, documents)


if __name__ == "__main__":
    main(sys.argv[1:])
