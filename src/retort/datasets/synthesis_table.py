"""Any table of targets and the precursors that they were made from: a user's own, or a published one."""

from pathlib import Path

import polars as pl

from retort.chemistry.subscripts import plain
from retort.datasets import cells, delimited
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared
from retort.datasets.reactions import RAW_SCHEMA, SCHEMA, identifier, prepare

OPTIONAL = ("doi", "year", "part", "columns", "separator", "prefix")


def read(folder: Path, settings: dict) -> Prepared:
    """Read the table that `settings` describe from `folder`.

    Args:
        folder: holds the file.
        settings: `file`; `target`, a column of formulas; `precursors`, a list of such columns, of which a row need
            not fill all, or `{column, separator}` with several formulas in each cell; perhaps `doi` and `year`,
            columns; `part`, the column that names each row's part (see `cells.Parts`); `columns`, more to keep as
            text, by which a split may hold rows out; `prefix` of the ids (row); `separator` of the table (,).

    Returns:
        The table of `retort.datasets.reactions`, in file order, with the kept columns. A row counts as a recipe of
        its own, but for successive rows of one DOI that use the same precursors. Subscripts are digits.

    Raises:
        SchemaError: a key or a column is missing, or a kept column bears a name of the table's own.
    """
    cells.check_settings(settings, ("file", "target", "precursors"), OPTIONAL)
    named = settings["precursors"]
    if isinstance(named, str):
        raise SchemaError(
            f"settings.precursors is {named!r}, expected {{column: {named}, separator: ..}}, or a list of columns with "
            "one precursor each. Hint: the separator is what stands between two precursors in a cell, such as '+'."
        )
    if isinstance(named, dict):
        cells.check_settings(named, ("column", "separator"), (), "settings.precursors")
    columns = [named["column"]] if isinstance(named, dict) else list(named)
    kept = list(settings.get("columns", []))
    if taken := sorted(set(kept) & set(SCHEMA)):
        raise SchemaError(f"column {taken[0]!r} is one of the table's own. Hint: call it something else.")
    part = cells.Parts(settings["part"]) if "part" in settings else None
    sources = [settings[name] for name in ("doi", "year") if name in settings]
    wanted = [settings["target"], *columns, *sources, *([part.column] if part else []), *kept]
    raw: list[dict] = []
    rejects = []
    file = settings["file"]
    found = delimited.records(folder / file, list(dict.fromkeys(wanted)), settings.get("separator", ","))
    for row, record in found:
        if isinstance(record, delimited.Broken):
            rejects.append((file, row, *record))
            continue
        if isinstance(named, dict):
            precursors = cells.listed(plain(record[columns[0]]), named["separator"])
        else:
            precursors = [name for column in columns if (name := plain(record[column]).strip())]
        one = {"row": row, "target": plain(record[settings["target"]]).strip(), "precursors": precursors}
        try:
            one |= {"doi": _text(record[settings["doi"]]) if "doi" in settings else None}
            one |= {"year": _year(record[settings["year"]], settings["year"]) if "year" in settings else None}
            one |= {"published_part": part.of(record[part.column]) if part else None}
        except ValueError as error:
            one["problem"] = error.args[0]
        raw.append(one | {name: record[name] for name in kept})
    table = pl.DataFrame(
        [{key: one.get(key) for key in ("row", *RAW_SCHEMA, *kept)} for one in raw],
        schema={"row": pl.Int64, **RAW_SCHEMA, **dict.fromkeys(kept, pl.String)},
    )
    prefix = settings.get("prefix", "row")
    prepared = prepare(
        table.select(*RAW_SCHEMA), file=file, prefix=prefix, numbers=table["row"], sourced=False
    )
    rows = prepared.rows.join(
        table.select(identifier(prefix).alias("id"), *kept), on="id", how="left", maintain_order="left"
    )
    broken = pl.DataFrame(rejects, schema=REJECT_SCHEMA, orient="row")
    return Prepared(rows, pl.concat([prepared.rejects, broken]).sort("row"))


def _text(cell: str) -> str | None:
    return cell.strip() or None


def _year(cell: str, column: str) -> int | None:
    """A whole number, None of an empty cell; ValueError(reason, text) for anything else."""
    if not cell.strip():
        return None
    value = cells.number(cell, column)
    if value != int(value):
        raise ValueError(f"{column} is {cell!r}, expected a year", cell)
    return int(value)
