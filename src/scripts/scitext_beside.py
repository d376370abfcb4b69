"""Table: what models of relations find of entities and coreference besides, as the source reads all from one model."""

import sys
from collections.abc import Iterator

from retort.report.names import metric, place, variant, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

METRICS = {
    metric("f1"): "relations",
    metric("f1-entities-beside"): "entities",
    metric("f1-coreference-beside"): "coreference",
}
PLACES = (place("scierc-relations"), place("scierc-relations-n90"))
BLOCKS = (
    variants("random", "general", "general-longer", "science", "without-coreference"),
    variants("renewed-ffn-3", "renewed-ffn-4", "renewed-two"),
    variants("adam", "adamp", "radam", "adam-flat", "adamw-flat", "adamp-flat", "radam-flat", "adamw-warmup"),
)
SCIENCE = variant("science")
PAIRS = {
    (SCIENCE, variant("general-longer")): "science less more general text",
    (SCIENCE, variant("general")): "science less general text",
    (variant("renewed-ffn-3"), SCIENCE): "layer 3 as released less science",
    (variant("renewed-ffn-4"), SCIENCE): "layer 4 as released less science",
    (variant("radam-flat"), SCIENCE): "RAdam, constant, less AdamW, slanted",
}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    blocks = [list(lines(results, name)) for name in PLACES]
    rows = [line for block in blocks for line in block]
    documents = [
        number(results.places.filter(name=name)["rows_train"][0], digits=0) if index == 0 else ""
        for name, block in zip(PLACES, blocks, strict=True)
        for index in range(len(block))
    ]
    columns = [Column("Documents", documents, "r"), Column("System", [label for label, _ in rows])]
    columns += [
        Column(task, [cells[index] for _, cells in rows], r"r@{\,}l", 2)
        for index, task in enumerate(METRICS.values())
    ]
    notes = [
        r"F1 on test in \% of models that were trained and selected for relations, means over draws and seeds, and"
        r" differences in points, with 95\,\% intervals. Coreference: mean of MUC, B$^3$ and CEAF$_e$;"
        " what learned without it says none."
    ]
    rules = [sum(map(len, blocks[:index])) for index in range(len(blocks))]
    write_generated(
        output, tabular(columns, source="src/scripts/scitext_beside.py", rules=rules, notes=notes)
    )


def lines(results: Results, name: str) -> Iterator[tuple[str, list[str]]]:
    """Label and cells of every system of a place, and of the pairs of systems that are compared there."""
    levels = {each: results.levels(name, each) for each in METRICS}
    systems, _ = in_blocks(BLOCKS, {system for found in levels.values() for system in found})
    for system in systems:
        found = {each: rows.get(system) for each, rows in levels.items()}
        yield (
            escape(results.short(system)),
            [results.metric(each).level(row) if row else "-- & " for each, row in found.items()],
        )
    for pair, title in PAIRS.items():
        cells = [results.difference(name, *pair, each) for each in METRICS]
        if any(cell.strip(" &") for cell in cells):
            yield title, cells


if __name__ == "__main__":
    main(sys.argv[1:])
