"""Table: the data sets that the paper used: rows of each part, rejects, licence and source."""

import json
import sys

import polars as pl

from retort.datasets.splits import shared, small
from retort.report.results import Results, overview_arguments
from retort.report.tables import Column, escape, number, numbers, tabular, text, wrapped
from retort.report.tracing import plain
from retort.sealed import write_generated

PARTS = {"train": "Train", "valid": "Validation", "test": "Test"}


def named(source: dict) -> str:
    """The title of a data set and whom to cite."""
    cited = rf"~\cite{{{','.join(source['citation'])}}}" if source["citation"] else ""
    return escape(source["title"]) + cited


def label(place: pl.Expr) -> pl.Expr:
    """A protocol, and after it the share of the training labels in percent unless it is all."""
    share = (100 * place.struct.field("share")).round().cast(pl.Int64).cast(pl.String).str.zfill(2)
    protocol = place.struct.field("protocol")
    return pl.when(place.struct.field("share") < 1).then(protocol + "-" + share).otherwise(protocol)


def counts(few: int | None, many: int | None) -> str:
    """Rows of a part, a range where draws differ; nothing was counted of a data set that only lends a view."""
    low, high = number(few, digits=0), number(many, digits=0)
    return low if plain(low) == plain(high) else f"{low}--{high}"


def warnings(studies: list[Results]) -> list[str]:
    """What a reader must know of parts that are small, or share what their split counts; of the first draw."""
    lines: dict[str, None] = {}
    for study in studies:
        manifests = {(row["dataset"], row["split"]): row["manifest"] for row in study.datasets.to_dicts()}
        titles = dict(study.sources.select("dataset", "title").iter_rows())
        for place in study.places.filter(pl.col("share") == 1).to_dicts():
            name = place["dataset"]
            manifest = json.loads(manifests[name, place["splits"][0]])
            for line in [*small(manifest), *shared(manifest)]:
                lines[escape(f"{titles[name]}, {place['protocol']}: {line}.")] = None
    return list(lines)


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_arguments(__file__, argv)
    sources = pl.concat([study.sources for study in studies]).sort("lends").unique("dataset", keep="first")
    rejects = (
        pl.concat([study.datasets for study in studies]).group_by("dataset").agg(pl.col("rejects").first())
    )
    splits = (
        pl.concat([study.places for study in studies])
        .group_by("dataset", label(pl.struct("protocol", "share")).alias("split"))
        .agg(
            *(pl.col(f"rows_{part}").min().alias(f"{part}_few") for part in PARTS),
            *(pl.col(f"rows_{part}").max().alias(f"{part}_many") for part in PARTS),
        )
    )
    # Data sets that lend a view have no split of their own, but a source and a licence.
    table = (
        sources.join(splits, on="dataset", how="left")
        .join(rejects, on="dataset", how="left")
        .sort("lends", "dataset", "split")
    )
    # What belongs to the data set stands in the first of its rows.
    begins = (table["dataset"] != table["dataset"].shift(1)).fill_null(True)

    def once(cells: list[str]) -> list[str]:
        return [cell if begin else "" for cell, begin in zip(cells, begins, strict=True)]

    columns = [
        Column("Data set", once([named(row) for row in table.to_dicts()]), wrapped(0.24)),
        text("Split", table["split"]),
        *(
            Column(
                title,
                [counts(*span) for span in table.select(f"{part}_few", f"{part}_many").iter_rows()],
                "r",
            )
            for part, title in PARTS.items()
        ),
        Column("Rejected", once(numbers("", table["rejects"], digits=0).cells), "r"),
        Column(
            "Licence",
            once([escape(licence) for licence in table["licence"].str.strip_chars()]),
            wrapped(0.24),
        ),
    ]
    notes = [
        "Two digits after the name of a split are the share of the training labels in percent.",
        "A range runs from the fewest labels or rows to the most, over draws and numbers of labels.",
        *warnings(studies),
    ]
    write_generated(output, tabular(columns, source="src/scripts/datasets.py", notes=notes, long=True))


if __name__ == "__main__":
    main(sys.argv[1:])
