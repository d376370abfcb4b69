"""Table: the data sets that the paper used: rows of each part, rejects, licence and source."""

import sys

import polars as pl

from retort.report.output import write
from retort.report.results import CONFIG, overview_arguments, read_yaml
from retort.report.tables import Column, escape, numbers, tabular, text

PARTS = {"train": "Train", "valid": "Validation", "test": "Test"}
WRAPPED = r">{{\raggedright\arraybackslash}}p{{{}\linewidth}}"


def cited(keys: str | list[str] | None) -> str:
    """One key or several as a citation; empty for none."""
    keys = [keys] if isinstance(keys, str) else keys
    return rf"~\cite{{{','.join(keys)}}}" if keys else ""


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_arguments(__file__, argv)
    rows = pl.concat([study.datasets for study in studies])
    table = (
        rows.group_by("dataset", "split")
        .agg(
            *(pl.col("rows").filter(pl.col("part") == part).first().alias(part) for part in PARTS),
            pl.col("rejects").first(),
        )
        .sort("dataset", "split")
    )
    # Data sets that lend a view have no split of their own, but a source and a licence.
    lent = sorted({name for study in studies for name in study.lenders})
    table = pl.concat([table, pl.DataFrame({"dataset": lent}, schema={"dataset": pl.String})], how="diagonal")
    config = [read_yaml(CONFIG / "dataset" / f"{name}.yaml") for name in table["dataset"]]
    titles = [
        escape(block.get("title", name)) + cited(block.get("citation"))
        for block, name in zip(config, table["dataset"], strict=True)
    ]
    columns = [
        Column("Data set", titles, WRAPPED.format(0.27)),
        text("Split", table["split"]),
        *(numbers(title, table[part], digits=0) for part, title in PARTS.items()),
        numbers("Rejected", table["rejects"], digits=0),
        Column("Licence", [escape(block.get("licence")) for block in config], WRAPPED.format(0.3)),
    ]
    write(output, tabular(columns, source="src/scripts/datasets.py"))


if __name__ == "__main__":
    main(sys.argv[1:])
