"""Table: the 300 given vectors of a language model beside counted words of the same descriptions, over 15 splits."""

import sys

from retort.report.names import metric, places, variant, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.tables import Column, escape, estimated, number, tabular
from retort.sealed import write_generated

ERROR = metric("mae")
PLACES = places("vectors-energy", "vectors-gap")
BLOCKS = (
    variants("median", "matbert-text", "matbert-formula"),
    variants("text", "numberless", "masked", "masked-numberless"),
    variants("random", "mat2vec", "magpie", "boosting"),
    variants("structure", "structure-onehot"),
)
LANGUAGE = variant("matbert-text")
GAIN = ("gain", "gain_low", "gain_high")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    levels = {name: rows for name in PLACES if (rows := results.levels(name, ERROR))}
    systems, starts = in_blocks(BLOCKS, {name for rows in levels.values() for name in rows})
    columns = [Column("System", [escape(results.title(name)) for name in systems])]
    for name, rows in levels.items():
        columns += [level(results, name, rows, systems), gain(results, name, systems)]
    notes = [
        r"MAE, means over splits with 95\,\% intervals; $g$: what MatBERT of the description gains over this"
        f" one, where the two are compared. {sizes(results, name)}"
        for name in list(levels)[:1]
    ]
    write_generated(
        output, tabular(columns, source="src/scripts/discovery_vectors.py", rules=starts, notes=notes)
    )


def level(results: Results, name: str, rows: dict[str, dict], systems: list[str]) -> Column:
    """The error of each system at one place, with its interval."""
    cells = [results.metric(ERROR).level(rows.get(system, {})) for system in systems]
    title, unit = escape(results.place_row(name)["title"]), escape(results.unit(name, ERROR))
    return Column(rf"\shortstack{{{title}\\{unit}}}", cells, r"r@{\,}l", 2)


def gain(results: Results, name: str, systems: list[str]) -> Column:
    """What the language model gains over each system that it is compared with."""
    cells = []
    for system in systems:
        table = results.at(results.contrast(LANGUAGE, system), name).filter(part="test", metric=ERROR)
        rows = table.to_dicts()
        cells.append(estimated(*(rows[0][end] for end in GAIN), digits=2, signed=True) if rows else " & ")
    return Column("$g$", cells, r"r@{\,}l", 2)


def sizes(results: Results, name: str) -> str:
    """How many rows train and test in each of how many splits."""
    row = results.place_row(name)
    train, test = (number(row[key], digits=0) for key in ("rows_train", "rows_test"))
    return f"{train} rows train and {test} are tested."


if __name__ == "__main__":
    main(sys.argv[1:])
