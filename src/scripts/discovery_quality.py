"""Table: measured zT and computed power factors of the formulas in the lists of one query, by system."""

import sys

import polars as pl

from retort.report.names import place, variants
from retort.report.results import commonest, table_arguments
from retort.report.tables import Column, escape, estimated, number, probability, tabular
from retort.sealed import write_generated

PLACE = place("recall")
SYSTEMS = (
    *variants(
        "recall-mat2vec", "recall-mat2vec-raw", "recall-mat2vec-structure", "recall-elmd", "recall-magpie"
    ),
    *variants("recall-structure", "recall-structure-onehot", "recall-sites", "recall-text", "recall-masked"),
    *variants("recall-encoder", "recall-prototype", "recall-anion", "recall-elements"),
)
# PbTe by the order of names here; where it is none, the query of which most is known is shown.
QUERY, POOLS, WHOLE = "TePb", ("all", "described"), "whole"
QUANTITIES = {"zt": ("zT", 2), "power_factor": ("power factor", 0)}
QUARTILES = ("q1", "median", "q3")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    table = results.at(results.details("recall_quality"), PLACE)
    query = commonest(table.filter(pl.col("query") != "")["query"], QUERY)
    listed = table.filter(query=query)
    keys = [
        (pool, name)
        for pool in POOLS
        for name in SYSTEMS
        if query and not listed.filter(pool=pool, variant=name).is_empty()
    ]
    labels = [escape(results.short(name)) for _, name in keys]
    if not table.filter(variant=WHOLE).is_empty():
        labels.append("all that are known")
    columns = [Column("List", labels)]
    for quantity, (title, digits) in QUANTITIES.items():
        columns += of_quantity(
            table.filter(quantity=quantity), query, keys, title, digits, len(labels) > len(keys)
        )
    starts = [row for row in range(1, len(keys)) if keys[row][0] != keys[row - 1][0]]
    notes = [
        f"Lists of {escape(query)}; above all formulas, below those that have a description."
        if query
        else "",
        r"Quartiles of $n$ values. Above: the chance that one of the list exceeds one of mat2vec's list, less a half,"
        r" with its 95\,\% interval; $p$ of the rank-sum test after Holm's correction over the systems.",
    ]
    source = "src/scripts/discovery_quality.py"
    rules = [*starts, len(keys)]
    write_generated(
        output, tabular(columns, source=source, rules=rules, notes=[note for note in notes if note])
    )


def of_quantity(
    table: pl.DataFrame, query: str, keys: list[tuple[str, str]], title: str, digits: int, whole: bool
) -> list[Column]:
    """The columns of one quantity; the last row, if there is one, is of all formulas that it is known of."""
    rows = {(row["pool"], row["variant"]): row for row in table.filter(query=query).to_dicts()}
    found = [rows.get(key, {}) for key in keys]
    found += (table.filter(variant=WHOLE).to_dicts()[:1] or [{}]) if whole else []
    quarters = [
        " ".join(number(row.get(name), digits=digits) for name in QUARTILES) if row else "--" for row in found
    ]
    exceeds = [
        estimated(row.get("value"), row.get("low"), row.get("high"), digits=2, signed=True)
        if row.get("value") is not None
        else " & "
        for row in found
    ]
    return [
        Column(rf"{title}", quarters),
        Column("$n$", [number(row.get("n"), digits=0) for row in found], "r"),
        Column("above", exceeds, r"r@{\,}l", 2),
        Column("$p$", [probability(row.get("p_holm")) for row in found], "r"),
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
