"""Table: what the annotated data sets have, by part, beside what the source prints of them."""

import sys

import polars as pl

from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular, wrapped
from retort.sealed import write_generated

CITATION = "jeong2022scideberta"
PARTS = {"train": "train", "valid": "validation", "test": "test", "all": "in all"}
ORDER = (
    *("documents", "sentences", "words", "entities", "nested entities", "entities wider than 8"),
    *("relations", "symmetric relations", "clusters", "mentions", "rejects"),
)
# Reasons that name a document, and the same without.
REASONS = {
    r"in a row with \S+ of SciERC$": "in a row with a document of SciERC",
    r"the same as \S+$": "the same as another",
}
# What the source counts, by the column under which it is quoted. Its GENIA is annotated otherwise than ours.
QUOTED = {
    "scierc-sentence-count": "sentences",
    "scierc-entity-count": "entities",
    "scierc-relation-count": "relations",
}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    titles = dict(results.sources.select("dataset", "title").iter_rows())
    counts = without_names(results.details("counts").filter(pl.col("n") >= 1))
    printed = published(results.published)
    rows, starts = [], []
    for dataset in counts["dataset"].unique(maintain_order=True):
        table = counts.filter(dataset=dataset)
        known = {
            (part, quantity): counted
            for part, quantity, counted in table.select("part", "quantity", "n").iter_rows()
        }
        quantities = table["quantity"].unique(maintain_order=True).to_list()
        order = [name for name in ORDER if name in quantities]
        order += [name for name in quantities if name not in ORDER]
        starts.append(len(rows))
        for index, quantity in enumerate(order):
            cells = [total(known.get((part, quantity), [])) for part in PARTS]
            quoted = printed.get((dataset, quantity))
            name = escape(titles.get(dataset, dataset)) if index == 0 else ""
            rows.append([name, escape(quantity), *cells, number(quoted, digits=0) if quoted else ""])
    headers = ["Data set", "What is counted", *PARTS.values(), "printed"]
    columns = [
        Column(header, [row[at] for row in rows], align)
        for at, (header, align) in enumerate(zip(headers, ["l", wrapped(0.32), *["r"] * 5], strict=True))
    ]
    notes = [rf"Printed: by the source~\cite{{{CITATION}}}."] if printed else []
    table = tabular(columns, source="src/scripts/scitext_data.py", rules=starts, notes=notes, long=True)
    write_generated(output, table)


def without_names(counts: pl.DataFrame) -> pl.DataFrame:
    """The counts, a list each: reasons of rejects that differ by the document that they name are one."""
    for named, general in REASONS.items():
        counts = counts.with_columns(pl.col("quantity").str.replace(named, general))
    keys = ["dataset", "part", "quantity"]
    return counts.group_by(keys, maintain_order=True).agg("n")


def total(counted: list[int]) -> str:
    """The sum of counts; a dash where there is none."""
    if len(counted) > 1:
        return number(sum(counted), digits=0, of=counted)
    return number(counted[0] if counted else None, digits=0)


def published(table: pl.DataFrame) -> dict[tuple[str, str], float]:
    """The source's counts, by data set and quantity."""
    found = {}
    for value in table.filter(citation=CITATION).to_dicts():
        _, column, _ = value["id"].split("/", 2)
        if column in QUOTED and value["dataset"]:
            found[value["dataset"], QUOTED[column]] = value["value"]
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
