"""Table: error of every system on six properties with all labels, and with 100."""

import sys

from retort.report.names import metric, place, places, variants
from retort.report.results import Results, present, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, number, tabular
from retort.sealed import write_generated

ERROR = metric("mae")
PLACES = places("energy", "gap", "bulk", "shear", "debye", "expansion")
FEW = {
    place("energy"): place("energy-n100"),
    place("gap"): place("gap-n100"),
    place("bulk"): place("bulk-n100"),
    place("shear"): place("shear-n100"),
    place("debye"): place("debye-n100"),
    place("expansion"): place("expansion-n100"),
}
BLOCKS = (
    variants("median", "onehot", "random", "mat2vec", "magpie", "boosting"),
    variants("structure", "sites", "structure-onehot", "structure-mat2vec", "boosting-structure"),
    (
        *variants("text", "text-mat2vec", "numberless", "shuffled", "masked", "masked-numberless"),
        *variants("encoder-untrained", "encoder"),
    ),
    variants("single", "single-wide", "shared", "shared-wide", "mmoe", "single-auxiliary", "mmoe-auxiliary"),
)
ACROSS = 3


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    summary = results.summary.filter(part="test", metric=ERROR)
    every = [*PLACES, *FEW.values()]
    here = [name for name in every if any(present(block, results.at(summary, name)) for block in BLOCKS)]
    ran = {name for place in here for name in results.at(summary, place)["variant"]}
    blocks = [found for block in BLOCKS if (found := [name for name in block if name in ran])]
    systems = [name for block in blocks for name in block]
    starts = [sum(map(len, blocks[:number])) for number in range(len(blocks))]
    groups = [
        {heading(results, name): cells(results, name, systems) for name in group if name in here}
        for group in (PLACES, FEW.values())
    ]
    names = [escape(results.short(name)) for name in systems]
    columns, rules = stacked(
        "System", names, [group for group in groups if group], rules=starts, across=ACROSS
    )
    notes = [r"Mean absolute error on the test part; means over draws and seeds with 95\,\% intervals."]
    table = tabular(columns, source="src/scripts/discovery_main.py", rules=rules, notes=notes)
    write_generated(output, table)


def heading(results: Results, name: str) -> str:
    """Above a column: the place, its unit and how many labels train."""
    row = results.place_row(name)
    labels = row["rows_train"] if row["labels_train"] is None else row["labels_train"]
    unit = escape(results.unit(name, ERROR))
    return rf"\shortstack{{{escape(row['title'])}\\{unit}, $n = {number(labels, digits=0)}$}}"


def cells(results: Results, name: str, systems: list[str]) -> list[str]:
    """The level of each system with its interval; a dash where it was not run."""
    measure = results.metric(ERROR)
    table = results.at(results.summary, name).filter(part="test", metric=ERROR)
    rows = {row["variant"]: row for row in table.to_dicts()}
    found = [rows.get(system, {}) for system in systems]
    return [
        f"{measure.number(row.get('mean'))} & {measure.interval(row.get('low'), row.get('high'))}"
        for row in found
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
