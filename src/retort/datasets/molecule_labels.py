"""The labels of several tables of molecules side by side: what a supervised start learns before its own few labels."""

from pathlib import Path

import polars as pl

from retort.datasets import molecule_corpus, molecule_table
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared

KEPT = ("row", "smiles", "standard", "key")


def read(folder: Path, settings: dict) -> Prepared:
    """Read the tables of `folder`: columns `id, row, smiles, standard, key` and every label of every table.

    Args:
        folder: holds the files.
        settings: `tables`, by name the settings of `molecule_table.read`; their labels become `<name>:<label>`. And
            perhaps `without`, tables `{file, smiles}` of molecules that may not be learned from, whatever their
            stereochemistry, because they judge what was learned.

    Returns:
        One row for each structure, in the order in which the tables have them first; a label that a table gives twice
        is the first one, unless the two contradict each other: then it is not known. `id` is `<table>-<row of file>`.
        Rejected are what the tables' reader rejects, and structures of `without`.

    Raises:
        SchemaError: a file or a column is missing, or there is no table.
    """
    if not settings.get("tables"):
        raise SchemaError(
            "no table is named. Hint: write them under `settings.tables` of the data set's YAML."
        )
    held = molecule_corpus.held_out(folder, settings.get("without", []))
    tables, rejects = [], []
    labels: dict[str, pl.DataType] = {}
    for name, one in settings["tables"].items():
        read = molecule_table.read(folder, one)
        own = {label: f"{name}:{label}" for label in molecule_table.label_columns(read.rows)}
        labels |= {own[label]: read.rows.schema[label] for label in own}
        rejects.append(read.rejects)
        judging = pl.col("key").is_in(list(held))
        rejects.append(
            read.rows.filter(judging).select(
                file=pl.lit(one["file"]),
                row="row",
                value="smiles",
                reason=pl.format(
                    molecule_corpus.JUDGES,
                    pl.col("key").replace_strict(held, default=None, return_dtype=pl.String),
                ),
            )
        )
        known = [
            pl.when(pl.col("contradictory")).then(None).otherwise(pl.col(label)).alias(own[label])
            for label in own
        ]
        tables.append(
            read.rows.filter(~judging).select(
                pl.format("{}-{}", pl.lit(name), "id").alias("id"), *KEPT, *known
            )
        )
    rows = pl.concat(tables, how="diagonal")
    rows = rows.group_by("key", maintain_order=True).agg(
        *(pl.col(name).first() for name in ("id", "row", "smiles", "standard")),
        *(pl.col(label).drop_nulls().first() for label in labels),
    )
    learned = rows.filter(pl.any_horizontal(pl.col(label).is_not_null() for label in labels))
    return Prepared(
        learned.select("id", *KEPT, *labels),
        pl.concat(
            [pl.DataFrame(schema=REJECT_SCHEMA), *(one.cast(pl.Schema(REJECT_SCHEMA)) for one in rejects)]
        ),
    )
