"""Table: F1 of each type of entity and relation, and how many entities are found whose words training has or lacks."""

import sys

import polars as pl

from retort.report.names import place, variants
from retort.report.results import Results, table_arguments
from retort.report.tables import Column, escape, estimated, number, spelt, tabular
from retort.sealed import write_generated

BY_TYPE = {place("scierc-entities"): "entities", place("scierc-relations"): "relations"}
RECALLED = {place("scierc-entities-n35"): "recall", place("scierc-entities"): "recall"}
SEEN = {True: "all words in training", False: "a new word"}
SYSTEMS = variants("word-crf", "random", "general-longer", "science")
ENDS = ("value", "low", "high")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    lines, starts = [], []
    for name, title in BY_TYPE.items():
        starts.append(len(lines))
        table = results.at(results.details("by_type"), name).filter(target=title)
        lines += [
            (first, spelt(kind), table.filter(type=kind))
            for first, kind in headed(f"F1, {title}", table["type"].unique(maintain_order=True).to_list())
        ]
    for name, title in RECALLED.items():
        starts.append(len(lines))
        row = results.place_row(name)
        table = results.at(results.details("unseen"), name)
        kinds = [seen for seen in SEEN if not table.filter(seen=seen).is_empty()]
        documents = number(row["rows_train"], digits=0) if row else ""
        lines += [
            (first, SEEN[seen], table.filter(seen=seen))
            for first, seen in headed(f"{title}, {documents} documents", kinds)
        ]
    ran = {system for _, _, table in lines for system in table["variant"]}
    systems = [name for name in SYSTEMS if name in ran]
    columns = [
        Column("", [escape(first) for first, _, _ in lines]),
        Column("Of", [escape(kind) for _, kind, _ in lines]),
        Column("annotated", [annotated(table) for _, _, table in lines], "r"),
        *(level(results, system, [table for _, _, table in lines]) for system in systems),
    ]
    notes = [
        r"In \%, on test, with 95\,\% intervals. An entity has a new word if one of its words, in lower case, is in"
        " none of the training documents."
    ]
    table = tabular(columns, source="src/scripts/scitext_types.py", rules=starts, notes=notes)
    write_generated(output, table)


def headed(title: str, kinds: list) -> list[tuple]:
    """Each kind with the title before the first."""
    return [(title if number == 0 else "", kind) for number, kind in enumerate(kinds)]


def annotated(table: pl.DataFrame) -> str:
    """How many things of a kind the test part has."""
    return number(table["gold"].max(), digits=0, of=table["gold"]) if len(table) else ""


def level(results: Results, system: str, tables: list[pl.DataFrame]) -> Column:
    """What one system has of each kind."""
    rows = [next(iter(table.filter(variant=system).to_dicts()), {}) for table in tables]
    cells = [estimated(*(row.get(end) for end in ENDS), digits=1, percent=True) for row in rows]
    return Column(escape(results.short(system)), cells, r"r@{\,}l", 2)


if __name__ == "__main__":
    main(sys.argv[1:])
