"""Table: how many polymorphs each system orders rightly, and its differences to words and to the dates of entries."""

import sys

import polars as pl

from retort.report.names import metric, place, variant, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.tables import Column, escape, estimated, number, probability, tabular
from retort.sealed import write_generated

PLACE = place("polymorphs")
ORDER = metric("order")
WHOLE, DATE = variant("text"), variant("later-id")
BLOCKS = (
    variants("onehot", "mat2vec", "boosting"),
    (
        *variants("text", "text-mat2vec", "numberless", "shuffled", "masked", "masked-numberless"),
        *variants("encoder-untrained", "encoder"),
    ),
    variants("structure", "sites", "structure-onehot", "structure-mat2vec", "boosting-structure"),
    variants("text-difference", "masked-difference", "structure-difference"),
    variants("later-id", "shorter-text", "fewer-sites", "larger-volume"),
)


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    measure = results.metric(ORDER)
    rows = results.levels(PLACE, ORDER)
    systems, starts = in_blocks(BLOCKS, rows)
    columns = [
        Column("System", [escape(results.title(name)) for name in systems]),
        Column(escape(measure.header), [measure.level(rows[name]) for name in systems], r"r@{\,}l", 2),
        *(against(results, systems, other) for other in (WHOLE, DATE)),
    ]
    notes = [
        "A pair counts once, from a system that saw neither of its crystals nor another of its formula;",
        r"means over formulas with 95\,\% intervals.",
        r"Differences in points, for the pairs that were named beforehand; $p$ after Holm's correction in small type.",
    ]
    counted = [row["n_items"] for row in rows.values() if row["n_items"] is not None]
    if counted:
        notes.append(f"{number(max(counted), digits=0)} formulas.")
    write_generated(
        output, tabular(columns, source="src/scripts/discovery_order.py", rules=starts, notes=notes)
    )


def against(results: Results, systems: list[str], other: str) -> Column:
    """The difference of each system to another with its interval, where the two are compared."""
    cells = []
    for name in systems:
        rows = compared(results, name, other)
        cells.append(rows[0] if rows else " & ")
    title = escape(results.short(other))
    return Column(rf"\shortstack{{minus\\{title}}}", cells, r"r@{\,}l", 2)


def compared(results: Results, name: str, other: str) -> list[str]:
    """The cells of one comparison; none where it was not made."""
    table: pl.DataFrame = results.at(results.contrast(name, other), PLACE).filter(part="test", metric=ORDER)
    return [
        estimated(row["difference"], row["low"], row["high"], digits=1, percent=True, signed=True)
        + (rf" {{\scriptsize {probability(row['p_holm'])}}}" if row["p_holm"] is not None else "")
        for row in table.to_dicts()
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
