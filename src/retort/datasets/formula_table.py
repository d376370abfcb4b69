"""Any table of formulas with measured properties: a user's own."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from retort.chemistry.composition import FormulaError, parse
from retort.chemistry.subscripts import plain
from retort.datasets import cells, crystals, delimited
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared, Schema

OPTIONAL = ("part", "separator")
SAME = 1e-6  # values of one composition that differ by more contradict each other
OWN: Schema = {**crystals.SCHEMA, "row": pl.Int64, "written": pl.String}


def read(folder: Path, settings: dict) -> Prepared:
    """Read the table that `settings` describe from `folder`.

    Args:
        folder: holds the file.
        settings: `file`; `formula`, the column of the formulas; `labels`, by name `{column, unit}` of each property;
            perhaps `part`, the column that names each row's part (see `cells.Parts`), and `separator` (,).

    Returns:
        One row for each formula, in file order, without a structure: the columns of `crystals.SCHEMA`, `row`,
        `written` (the formula as given); for each label its value (NaN where nothing was measured), `<label>_unit`
        and `<label>_unused`, whether the row has no value of it or repeats an earlier row of its composition;
        `repeated`, whether that is so of all it has, and `contradictory`, whether other rows of its composition have
        other values. With `part`, `published_part`. Rejected are formulas that cannot be read, values that are no
        numbers, and rows without any value. Subscripts are digits.

    Raises:
        SchemaError: a key or a column is missing, or a label bears a name of the table's own.
    """
    cells.check_settings(settings, ("file", "formula", "labels"), OPTIONAL)
    labels = {name: _described(name, label) for name, label in settings["labels"].items()}
    part = cells.Parts(settings["part"]) if "part" in settings else None
    wanted = [settings["formula"], *(one["column"] for one in labels.values())]
    wanted += [part.column] if part else []
    file = settings["file"]
    rows: list[dict] = []
    rejects = []
    found = delimited.records(folder / file, list(dict.fromkeys(wanted)), settings.get("separator", ","))
    for row, record in found:
        if isinstance(record, delimited.Broken):
            rejects.append((file, row, *record))
            continue
        written = record[settings["formula"]].strip()
        try:
            named = crystals.names(parse(plain(written)))
            values = {name: _value(record[one["column"]], one["column"]) for name, one in labels.items()}
            published = {"published_part": part.of(record[part.column])} if part else {}
            if all(value is None for value in values.values()):
                raise ValueError("no property was measured", written)
        except FormulaError as error:
            rejects.append((file, row, written, str(error)))
            continue
        except ValueError as error:
            reason, text = error.args
            rejects.append((file, row, text, reason))
            continue
        rows.append({"id": f"row-{row:05d}", "row": row, "written": written} | named | values | published)
    schema = {**OWN, **dict.fromkeys(labels, pl.Float64)}
    schema |= {"published_part": pl.String} if part else {}
    table = pl.DataFrame([{key: row.get(key) for key in schema} for row in rows], schema=schema)
    table = _judged(table, labels)
    return Prepared(table, pl.DataFrame(rejects, schema=REJECT_SCHEMA, orient="row"))


def _described(name: str, label: object) -> dict:
    where = f"settings.labels.{name}"
    if not isinstance(label, Mapping):
        raise SchemaError(
            f"{where} is {label!r}, expected {{column: .., unit: ..}}. Hint: see the README, Your own formulas."
        )
    cells.check_settings(label, ("column", "unit"), ("kind",), where)
    if label.get("kind", "regression") != "regression":
        raise SchemaError(
            f"{where}.kind is {label['kind']!r}, expected regression. Hint: of classes the study knows nothing."
        )
    taken = {*OWN, "published_part", "repeated", "contradictory"}
    if name in taken or name.endswith(("_unit", "_unused")):
        raise SchemaError(f"label {name!r} is a name of the table's own. Hint: call it something else.")
    return dict(label)


def _value(text: str, column: str) -> float | None:
    return None if text.strip().lower() in cells.NOTHING else cells.number(text, column)


def _judged(table: pl.DataFrame, labels: Mapping[str, dict]) -> pl.DataFrame:
    """The table with what splits and reports must know of each label."""
    spread = {name: (pl.col(name).max() - pl.col(name).min()).over("composition") for name in labels}
    table = table.with_columns(
        *(pl.lit(one["unit"]).alias(f"{name}_unit") for name, one in labels.items()),
        *(
            (pl.col(name).is_null() | ~pl.struct("composition", name).is_first_distinct()).alias(
                f"{name}_unused"
            )
            for name in labels
        ),
        contradictory=pl.any_horizontal(
            ((spread[name] > SAME) & pl.col(name).is_not_null()).fill_null(False) for name in labels
        ),
    )
    table = table.with_columns(repeated=pl.all_horizontal(f"{name}_unused" for name in labels))
    # The study refuses null, in rows that it does not use, too.
    return table.with_columns(pl.col(name).fill_null(float("nan")) for name in labels)
