"""What a person must know of the rows of a table that was prepared, in a form that spreadsheet programs open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from retort.datasets.prepared import REJECT_SCHEMA, Prepared
from retort.files import write_whole

HEAD = 2  # the first record, 0 in the tables of rejects, stands in a spreadsheet's row 2, below the head
LINES = ".jsonl"  # of files without a head
MOST = 5  # rows that a reason names
# Of tables with `repeated` and `contradictory` rows: the columns that say which rows are of one thing, and what of it
# is shown, by the reader's domain; and what becomes of such rows.
ALIKE = {
    "key": ("smiles", "structure", "label", "strict splits leave all of them out"),
    "composition": (
        "written",
        "composition",
        "value",
        "all are kept, in one part, and training takes their mean",
    ),
}


@dataclass(frozen=True)
class Listed(Prepared):
    """A prepared table whose reader says itself which of its rows a person must know of.

    Attributes:
        kept: `file, row, value, reason` of rows that are used, as in `spreadsheet`.
    """

    kept: pl.DataFrame


def spreadsheet(prepared: Prepared, settings: Mapping) -> pl.DataFrame:
    """Every row of the source that is not used like the others, and why: `file, row, value, reason`, as in the rejects.

    Rows are counted as a spreadsheet counts them, the head being row 1, and lines of a file without a head as an editor
    does; of a reason that is of several rows together there is none. After the rejected rows, in order, those follow
    that were kept but repeat or contradict others, as far as their reader says so: in `kept` of a `Listed`, or in
    Boolean columns `repeated` and `contradictory`, and `row`.

    Args:
        settings: those of the reader, which name its files.
    """
    kept = prepared.kept if isinstance(prepared, Listed) else _kept(prepared.rows, settings)
    return pl.concat([_counted(prepared.rejects), kept])


def write(prepared: Prepared, settings: Mapping, path: Path) -> pl.DataFrame:
    """Write `spreadsheet` to `path` as CSV, and return it."""
    table = spreadsheet(prepared, settings)
    # The mark in front tells spreadsheet programs that it is UTF-8.
    write_whole(path, "\ufeff" + table.write_csv())
    return table


def complaints(table: pl.DataFrame, most: int) -> list[str]:
    """The first rows of a `spreadsheet`, a line each."""
    return [
        f"{file}{'' if row is None else f', row {row}'}: {value!r}: {reason}"
        for file, row, value, reason in table.head(most).iter_rows()
    ]


def _counted(rejects: pl.DataFrame) -> pl.DataFrame:
    """Rejects by file and row, counted for people."""
    files = pl.Enum(rejects["file"].unique(maintain_order=True))
    first = pl.when(pl.col("file").str.ends_with(LINES)).then(1).otherwise(HEAD)
    order = [pl.col("file").cast(files), pl.col("row")]
    return rejects.sort(order, nulls_last=True, maintain_order=True).with_columns(pl.col("row") + first)


def _kept(rows: pl.DataFrame, settings: Mapping) -> pl.DataFrame:
    """Rows that repeat or contradict others, by file and row."""
    same = next((column for column in ALIKE if column in rows.columns), None)
    if same is None or not {"row", "repeated", "contradictory"} <= set(rows.columns):
        return pl.DataFrame(schema=REJECT_SCHEMA)
    shown, thing, label, fate = ALIKE[same]
    number = pl.col("row") + HEAD
    file, place = pl.lit(settings.get("file"), pl.String), number.cast(pl.String)
    if "parts" in settings:
        file = pl.col("published_part").replace_strict(settings["parts"], return_dtype=pl.String)
        place = pl.format("{} of {}", number, file)
    marked = rows.with_columns(
        file=file,
        row=number,
        place=place,
        before=pl.int_range(pl.len()).over(same),
        alike=place.over(same, mapping_strategy="join"),
    ).filter(pl.col("repeated") | pl.col("contradictory"))
    found = []
    for each in marked.iter_rows(named=True):
        # Of contradictory structures none is used, of a composition all values but those that repeat one.
        if each["contradictory"] and not (each["repeated"] and same == "composition"):
            others = [place for place in each["alike"] if place != each["place"]]
            reason = f"the {thing} has another {label} in {_rows(others)}: {fate}"
        else:
            reason = f"repeats {_rows(each['alike'][: each['before']])}: left out"
        found.append((each["file"], each["row"], each[shown], reason))
    return pl.DataFrame(found, schema=REJECT_SCHEMA, orient="row")


def _rows(places: Sequence[str]) -> str:
    more = f" and {len(places) - MOST} more" if len(places) > MOST else ""
    return f"row{'s' if len(places) > 1 else ''} {', '.join(places[:MOST])}{more}"
