"""Table: the entities of one abstract of test as annotated, and as each system reads them."""

import sys

from retort.report.results import table_arguments
from retort.report.tables import Column, escape, spelt, tabular, wrapped
from retort.sealed import write_generated

GOLD = "gold"
MOST = 40  # lines: what a page holds


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    table = results.illustrations("example")
    said = {
        (row["variant"], row["start"], row["end"]): (row["type"], row["right"]) for row in table.to_dicts()
    }
    spans = table.select("start", "end", "words").unique().sort("start", "end").head(MOST)
    systems = [name for name in table["variant"].unique(maintain_order=True) if name != GOLD]
    columns = [Column("Words", [escape(words) for words in spans["words"]], wrapped(0.28))]
    for name in (GOLD, *systems):
        cells = []
        for start, end in spans.select("start", "end").iter_rows():
            kind, right = said.get((name, start, end), ("", True))
            cells.append(escape(spelt(kind)) if right else rf"\emph{{{escape(spelt(kind))}}}")
        columns.append(Column("annotated" if name == GOLD else escape(results.short(name)), cells))
    notes = [r"Runs of the first seed. \emph{Italic}: span or type is not as annotated."]
    if len(table):
        notes.append(f"Document {escape(table['id'][0])}.")
    write_generated(output, tabular(columns, source="src/scripts/scitext_example.py", notes=notes))


if __name__ == "__main__":
    main(sys.argv[1:])
