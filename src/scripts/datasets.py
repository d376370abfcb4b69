"""Table: the data sets that the paper used: rows of each part, rejects, licence and source."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.results import CONFIG, overview_arguments, read_yaml
from retort.report.tables import Column, escape, number, numbers, tabular, text

PARTS = {"train": "Train", "valid": "Validation", "test": "Test"}
DRAW = r"-\d$"  # of a split's name: which draw it is
WRAPPED = r">{{\raggedright\arraybackslash}}p{{{}\linewidth}}"


def cited(keys: str | list[str] | None) -> str:
    """One key or several as a citation; empty for none."""
    keys = [keys] if isinstance(keys, str) else keys
    return rf"~\cite{{{','.join(keys)}}}" if keys else ""


def span(part: str) -> pl.Expr:
    """The fewest and the most rows of a part over the draws of a split."""
    rows = pl.col("rows").filter(pl.col("part") == part)
    return pl.concat_list(rows.min(), rows.max())


def counts(span: list[int | None] | None) -> str:
    """Rows of a part, a range where draws differ; nothing was counted of a data set that only lends a view."""
    few, many = span or (None, None)
    return number(few, digits=0) if few == many else f"{number(few, digits=0)}--{number(many, digits=0)}"


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_arguments(__file__, argv)
    rows = pl.concat([study.datasets for study in studies])
    table = (
        rows.with_columns(split=pl.col("split").str.replace(DRAW, ""))
        .group_by("dataset", "split")
        .agg(
            *(span(part).alias(part) for part in PARTS),
            pl.col("rejects").first(),
        )
        .sort("dataset", "split")
    )
    # Data sets that lend a view have no split of their own, but a source and a licence.
    lent = sorted({name for study in studies for name in study.lenders})
    table = pl.concat([table, pl.DataFrame({"dataset": lent}, schema={"dataset": pl.String})], how="diagonal")
    names = table["dataset"].to_list()
    # What belongs to the data set stands in the first of its rows.
    begins = [row == 0 or name != names[row - 1] for row, name in enumerate(names)]
    config = [read_yaml(CONFIG / "dataset" / f"{name}.yaml") for name in names]
    titles = [
        escape(block.get("title", name)) + cited(block.get("citation"))
        for block, name in zip(config, names, strict=True)
    ]
    licences = [escape(block.get("licence")) for block in config]
    rejects = numbers("Rejected", table["rejects"], digits=0).cells

    def once(cells: list[str]) -> list[str]:
        return [cell if begin else "" for cell, begin in zip(cells, begins, strict=True)]

    columns = [
        Column("Data set", once(titles), WRAPPED.format(0.38)),
        text("Split", table["split"]),
        *(
            Column(title, [counts(each) for each in table[part].to_list()], "r")
            for part, title in PARTS.items()
        ),
        Column("Rejected", once(rejects), "r"),
        Column("Licence", once(licences), WRAPPED.format(0.5)),
    ]
    notes = [
        "A number after the name of a split is the share of the training labels in percent.",
        "Draws of one split share a row: the fewest and the most, where they differ.",
    ]
    write_whole(output, tabular(columns, source="src/scripts/datasets.py", notes=notes))


if __name__ == "__main__":
    main(sys.argv[1:])
