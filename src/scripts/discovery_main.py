"""Table: error of every system on six properties with all labels, and with 100."""

import sys

from retort.report.names import metric, place, places, variants
from retort.report.results import Results, in_blocks, table_arguments
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
    measure = results.metric(ERROR)
    levels = {name: results.levels(name, ERROR) for name in (*PLACES, *FEW.values())}
    systems, starts = in_blocks(BLOCKS, {name for rows in levels.values() for name in rows})
    groups = [
        {
            heading(results, name): [measure.level(levels[name].get(system, {})) for system in systems]
            for name in group
            if any(system in levels[name] for system in systems)
        }
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
    title, unit = escape(results.place_row(name)["title"]), escape(results.unit(name, ERROR))
    return rf"\shortstack{{{title}\\{unit}, $n = {number(results.labels(name), digits=0)}$}}"


if __name__ == "__main__":
    main(sys.argv[1:])
