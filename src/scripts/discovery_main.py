"""Table: error of every system on six properties with all labels."""

import sys

from retort.report.by_place import by_place
from retort.report.names import metric, places, variants
from retort.report.results import table_arguments
from retort.report.tables import tabular
from retort.sealed import write_generated

ERROR = metric("mae")
PLACES = places("energy", "gap", "bulk", "shear", "debye", "expansion")
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
    columns, rules = by_place(results, ERROR, PLACES, BLOCKS, across=ACROSS)
    notes = [r"Mean absolute error on the test part; means over seeds with 95\,\% intervals."]
    table = tabular(columns, source="src/scripts/discovery_main.py", rules=rules, notes=notes)
    write_generated(output, table)


if __name__ == "__main__":
    main(sys.argv[1:])
