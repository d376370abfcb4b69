"""The solid-state reactions of He et al. (2023) in their published split.

Text-mined by Kononova et al. (2019), expanded and split by He et al., Sci. Adv. 9, eadg8180 (2023).
"""

import json
from pathlib import Path

import polars as pl

from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared
from retort.datasets.reactions import RAW_SCHEMA, prepare, read_table

COLUMNS = ("target", "precursor_ids", "doi", "year", "type")
PARTS = {"train": "train", "val": "valid", "test": "test"}


def read(folder: Path, settings: dict) -> Prepared:
    """Read the table of reactions and the table of precursors from `folder`.

    Args:
        folder: holds the files named in `settings`.
        settings: `reactions` and `precursors`, the names of the CSV and the JSON file.

    Raises:
        SchemaError: a file is missing, empty, or lacks a column.
    """
    reactions = settings.get("reactions", "ceder_split.csv")
    formulas = _precursors(folder / settings.get("precursors", "ceder_precursor_id.json"))
    table = read_table(folder / reactions, COLUMNS)
    ids = pl.col("precursor_ids").str.split(",").list.eval(pl.element().str.strip_chars())
    known = pl.element().replace_strict(formulas, default=None, return_dtype=pl.String)
    table = table.with_columns(ids=ids, number=pl.col("year").cast(pl.Int32, strict=False))
    table = table.with_columns(
        unknown=pl.col("ids").list.eval(pl.element().filter(known.is_null())).list.join(", "),
        part=pl.col("type").replace_strict(PARTS, default=None, return_dtype=pl.String),
    )
    raw = table.select(
        target="target",
        precursors=pl.col("ids").list.eval(known),
        doi="doi",
        year="number",
        published_part="part",
        problem=pl.coalesce(
            pl.when(pl.col("unknown") != "").then(pl.format("unknown precursor id {}", "unknown")),
            pl.when(pl.col("number").is_null()).then(
                pl.format("year {} is no number", pl.col("year").fill_null("(none)"))
            ),
            pl.when(pl.col("part").is_null()).then(
                pl.format("type {} is none of train, val, test", pl.col("type").fill_null("(none)"))
            ),
        ),
    )
    return prepare(raw.cast(pl.Schema(RAW_SCHEMA)), file=reactions, prefix="ceder")


def _precursors(path: Path) -> dict[str, str]:
    """Formula of each precursor id; the file maps an id to a list of one formula."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except json.JSONDecodeError as error:
        raise SchemaError(f"{path} is no JSON: {error}. Hint: delete it and download it again.") from None
    for identifier, formulas in table.items():
        if not (isinstance(formulas, list) and len(formulas) == 1 and isinstance(formulas[0], str)):
            raise SchemaError(
                f"{path}: id {identifier!r} has {formulas!r}, expected a list of one formula. "
                "Hint: delete the file and download it again."
            )
    return {identifier: formulas[0] for identifier, formulas in table.items()}
