"""The split `held_out`: test rows are those that a column names, such as five additives, or a sheet of the authors."""

import hashlib
from collections.abc import Mapping

import polars as pl

from retort.datasets.errors import DataError
from retort.datasets.prepared import check_schema


def held_out(prepared: pl.DataFrame, settings: Mapping, seed: str) -> pl.DataFrame:
    """Columns `id, part`: test where `column` has one of `values`; of the others some whole groups for valid.

    Args:
        prepared: with `id`, and String columns that the settings name.
        settings: `column` (of which `{draw}` becomes the number of the draw) and `values`; for valid, groups of
            `valid_by` (default `id`) in an order that is drawn: either the first of them, `valid_fraction` of the rows,
            or with `folds: 5` in draw d the d-th fifth of the groups, so that five draws hold out each group once.
        seed: draws the order of the groups; with `folds` it must not depend on the draw.

    Raises:
        SchemaError: a column is missing or not String.
        DataError: a value that no row has, a draw beyond the folds, fewer groups than folds, both of `valid_fraction`
            and `folds` or none.
    """
    draw = settings.get("draw", 0)
    column, by = settings["column"].format(draw=draw), settings.get("valid_by", "id")
    check_schema(prepared, dict.fromkeys([column, by], pl.String), "the prepared table")
    if missing := sorted(set(settings["values"]) - set(prepared[column])):
        raise DataError(
            f"no row has {missing[0]!r} in column {column!r}, whose values are "
            f"{', '.join(map(repr, prepared[column].drop_nulls().unique().sort()[:9]))}. Hint: check `values`."
        )
    test = pl.col(column).is_in(settings["values"]).fill_null(False)
    rows = prepared.select("id", test=test, group=pl.col(by).fill_null(pl.col("id")))
    sizes = dict(rows.filter(~pl.col("test")).group_by("group").len().iter_rows())
    ordered = sorted(sizes, key=lambda group: hashlib.sha256(f"{seed}:{group}".encode()).hexdigest())
    if ("folds" in settings) == ("valid_fraction" in settings):
        raise DataError(
            "a held_out split needs either `folds` or `valid_fraction`. Hint: `valid_fraction: 0.1`."
        )
    if "folds" in settings:
        valid = _fold(ordered, draw, settings["folds"], by)
    else:
        valid = _first(ordered, sizes, settings["valid_fraction"])
    part = pl.when("test").then(pl.lit("test")).when(pl.col("group").is_in(valid)).then(pl.lit("valid"))
    return rows.select("id", part=part.otherwise(pl.lit("train")))


def _fold(ordered: list[str], draw: int, folds: int, by: str) -> list[str]:
    """The groups of one fold; folds differ in size by one group at most."""
    if draw >= folds:
        raise DataError(f"draw {draw} of {folds} folds. Hint: no more `draws` than `folds`.")
    if len(ordered) < folds:
        raise DataError(
            f"{folds} folds of {len(ordered)} groups of {by!r} outside of test. Hint: fewer folds."
        )
    return ordered[draw * len(ordered) // folds : (draw + 1) * len(ordered) // folds]


def _first(ordered: list[str], sizes: Mapping[str, int], fraction: float) -> list[str]:
    """Groups until they have a fraction of all rows, met from above by less than one group."""
    wanted, chosen = fraction * sum(sizes.values()), []
    for group in ordered:
        if wanted <= 0:
            break
        chosen.append(group)
        wanted -= sizes[group]
    return chosen
