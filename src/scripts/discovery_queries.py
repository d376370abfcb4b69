"""Table: measured hosts in the list of each query."""

import sys

import polars as pl

from retort.report.names import place, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

PLACE = place("recall")
POOL = "all"
BLOCKS = (
    (
        *variants(
            "recall-elmd", "recall-anion", "recall-prototype", "recall-elements", "recall-stoichiometry"
        ),
        *variants("recall-magpie", "recall-random-vectors"),
    ),
    variants("recall-mat2vec", "recall-mat2vec-raw", "recall-mat2vec-whitened", "recall-mat2vec-structure"),
    variants("recall-structure", "recall-sites", "recall-magpie-structure", "recall-structure-onehot"),
    (
        *variants("recall-text", "recall-masked", "recall-numberless"),
        *variants("recall-encoder", "recall-encoder-untrained", "recall-random"),
    ),
)


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    table = results.at(results.details("recall_queries"), PLACE).filter(pool=POOL)
    queries = table["query"].unique().sort().to_list()
    systems, starts = in_blocks(BLOCKS, table["variant"])
    columns = [Column("System", [escape(results.short(name)) for name in systems])]
    columns += [column(results, table, query, systems) for query in queries]
    notes = ["Hosts in the list of each query, which is a host itself and not counted."]
    if len(table):
        notes.append(f"A list has {number(table['length'].max(), digits=0)} formulas of the pool.")
    write_generated(
        output, tabular(columns, source="src/scripts/discovery_queries.py", rules=starts, notes=notes)
    )


def column(results: Results, table: pl.DataFrame, query: str, systems: list[str]) -> Column:
    """The hits of one query, with decimals where they are means over seeds."""
    hits = dict(table.filter(query=query).select("variant", "hits").iter_rows())
    digits = {name: 0 if value == int(value) else 1 for name, value in hits.items()}
    cells = [number(hits.get(name), digits=digits.get(name, 0)) for name in systems]
    return Column(escape(query), cells, "r")


if __name__ == "__main__":
    main(sys.argv[1:])
