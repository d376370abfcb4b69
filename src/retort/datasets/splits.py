"""Who trains, who chooses, who judges: split a prepared table and account for it.

A split declares a `group`: rows that agree in those columns belong together, and a group that lies in two parts is
leakage. The split is refused when there is any.
"""

import hashlib
from collections.abc import Mapping

import polars as pl

from retort.datasets import scaffolds
from retort.datasets.errors import DataError, LeakageError
from retort.datasets.held_out import held_out
from retort.datasets.parts import EXCLUDED, PARTS, UNLABELLED
from retort.datasets.prepared import check_schema

FEW = 10  # rows of a part


def split(prepared: pl.DataFrame, settings: Mapping, seed: int) -> pl.DataFrame:
    """Assign each row to a part: columns `id, part`, in the order of `prepared`.

    Args:
        prepared: the prepared table.
        settings: `kind`, `group` (a column or a list of columns), for all but `published` and `held_out`
            the `fractions` of the rows per part, and perhaps
            - `exclude`, Boolean columns (of which `{draw}` becomes the number of the draw): rows where one is true
              become `excluded`, before anything is drawn;
            - `train_fraction` or `train_count`: other training rows become `unlabelled`, whole groups of the column
              `withhold_by` where it is named;
            - `draw`: which of several draws of what is drawn, 0 by default; with `keep_parts` the labels alone are
              drawn anew, so that all draws are tested on the same rows;
            - `watch` and `distinct`, columns that the manifest accounts for (see `manifest`).
        seed: draws what is drawn; a published split and that of `scaffold` have nothing to draw.

    Kinds: `published`, the part that the authors of the data gave; `family`, whole groups in random order; `random`,
    the same for rows that are their own group; `scaffold` and `scaffold_balanced`, see `retort.datasets.scaffolds`;
    `held_out`, rows that a column names, see `retort.datasets.held_out`.

    Raises:
        DataError: an unknown kind, a missing column, rows without a part, or a part without rows.
    """
    kinds = {
        "published": _published,
        "family": _family,
        "random": _family,
        "scaffold": _scaffold,
        "scaffold_balanced": _scaffold,
        "held_out": held_out,
    }
    kind = settings.get("kind")
    if kind not in kinds:
        raise DataError(f"split kind {kind!r} is unknown. Hint: choose one of {', '.join(kinds)}.")
    # The first draw is what the seed alone gives.
    drawn_by = f"{seed}.{settings['draw']}" if settings.get("draw") else str(seed)
    kept, excluded = _exclude(prepared, settings)
    same = (
        settings.get("keep_parts") or "folds" in settings
    )  # the draws of `folds` share one order of the groups
    parts = kinds[kind](kept, settings, str(seed) if same else drawn_by)
    if scarce(settings):
        parts = _withhold(kept, parts, settings, drawn_by)
    if len(excluded):
        left_out = excluded.select("id", part=pl.lit(EXCLUDED))
        parts = prepared.select("id").join(pl.concat([parts, left_out]), on="id", maintain_order="left")
    for part in PARTS:
        if not (parts["part"] == part).any():
            hint = {
                "published": "where the authors drew none for valid, write a split of `kind: held_out`, with "
                "`column`, the `values` of test, and `valid_fraction`.",
                "held_out": "hold out fewer `values`, or raise `valid_fraction`.",
            }.get(kind, "bring more rows, or give the data set splits of its own, with a larger fraction.")
            groups = f" in {kept[settings['group']].n_unique()} groups" if "group" in settings else ""
            raise DataError(
                f"part {part!r} of the {kind} split has no rows, of {len(kept)}{groups}. Hint: {hint}"
            )
    return parts


def _exclude(prepared: pl.DataFrame, settings: Mapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows to be split, and those that the settings leave out."""
    columns = [column.format(draw=settings.get("draw", 0)) for column in settings.get("exclude", [])]
    check_schema(prepared, dict.fromkeys(columns, pl.Boolean), "the prepared table")
    if not columns:
        return prepared, prepared.clear()
    out = pl.any_horizontal(columns).fill_null(False)
    return prepared.filter(~out), prepared.filter(out)


def _scaffold(prepared: pl.DataFrame, settings: Mapping, seed: str) -> pl.DataFrame:
    """Whole scaffolds to each part: the largest first, or in a random order that keeps large ones in train."""
    fractions = _fractions(settings)
    groups = prepared.select(group=_group(prepared, settings))["group"].to_list()
    if settings["kind"] == "scaffold":
        rows = scaffolds.deterministic(groups, fractions["train"], fractions["valid"])
    else:
        rows = scaffolds.balanced(groups, fractions["train"], fractions["valid"], seed)
    part = [""] * len(groups)
    for name, chosen in zip(PARTS, rows, strict=True):
        for row in chosen:
            part[row] = name
    return prepared.select("id", part=pl.Series(part, dtype=pl.String))


def _published(prepared: pl.DataFrame, settings: Mapping, seed: str) -> pl.DataFrame:
    """The part that the authors of the data gave each row."""
    check_schema(prepared, {"published_part": pl.String}, "the prepared table")
    parts = prepared.select("id", part="published_part")
    strange = parts.filter(~pl.col("part").is_in(PARTS).fill_null(False))
    if len(strange):
        identifier, part = strange.row(0)
        raise DataError(
            f"row {identifier} has published_part {part!r}, expected one of {', '.join(PARTS)} "
            f"({len(strange)} such rows). Hint: a generated data set has no published split, use kind: family."
        )
    return parts


def _family(prepared: pl.DataFrame, settings: Mapping, seed: str) -> pl.DataFrame:
    """Whole groups to each part, in an order that depends only on the seed and the names of the groups."""
    fractions = _fractions(settings)
    named = prepared.select("id", group=_group(prepared, settings))
    sizes = named.group_by("group").len().sort("group")
    drawn = [hashlib.sha256(f"{seed}:{group}".encode()).hexdigest() for group in sizes["group"]]
    before = pl.col("rows").cum_sum() - pl.col("rows")
    share = before / pl.col("rows").sum()
    order = (
        sizes.select("group", rows=pl.col("len").cast(pl.Int64), drawn=pl.Series(drawn))
        .sort("drawn")
        .select(
            "group",
            part=pl.when(share < fractions["train"])
            .then(pl.lit("train"))
            .when(share < fractions["train"] + fractions["valid"])
            .then(pl.lit("valid"))
            .otherwise(pl.lit("test")),
        )
    )
    return named.join(order, on="group", how="left", maintain_order="left").select("id", "part")


def _fractions(settings: Mapping) -> dict[str, float]:
    """The share of each part, checked."""
    fractions = {part: float(settings["fractions"][part]) for part in PARTS}
    if abs(sum(fractions.values()) - 1) > 1e-9 or min(fractions.values()) <= 0:
        raise DataError(
            f"fractions {fractions} are not positive with sum 1. Hint: for example 0.8, 0.1, 0.1."
        )
    return fractions


def scarce(settings: Mapping) -> bool:
    """Whether a split leaves some training rows without their labels."""
    return "train_fraction" in settings or "train_count" in settings


def _withhold(prepared: pl.DataFrame, parts: pl.DataFrame, settings: Mapping, seed: str) -> pl.DataFrame:
    """Leave a share, or a number, of the training rows their labels: those with the lowest hashes, so that shares nest.

    With `withhold_by` rows that agree in that column go together; the last such group is taken whole, so that the
    share is met from above by less than one group.
    """
    by = settings.get("withhold_by", "id")
    check_schema(prepared, {by: pl.String}, "the prepared table")
    group = pl.col(by).fill_null(pl.col("id"))
    train = prepared.select("id", group=group).join(parts.filter(part="train"), on="id", how="semi")
    if settings.get("train_count", 0) > len(train):
        raise DataError(
            f"train_count={settings['train_count']}, but train has {len(train)} rows. Hint: ask for fewer labels."
        )
    wanted = settings.get("train_count") or max(1, round(settings["train_fraction"] * len(train)))
    sizes = dict(train.group_by("group").len().iter_rows())
    drawn = {group: hashlib.sha256(f"{seed}:label:{group}".encode()).hexdigest() for group in sizes}
    kept, rows = set(), 0
    for group in sorted(drawn, key=drawn.__getitem__):
        if rows >= wanted:
            break
        kept.add(group)
        rows += sizes[group]
    labelled = train.filter(pl.col("group").is_in(kept))["id"]
    withheld = (pl.col("part") == "train") & ~pl.col("id").is_in(labelled.implode())
    return parts.with_columns(part=pl.when(withheld).then(pl.lit(UNLABELLED)).otherwise("part"))


def manifest(prepared: pl.DataFrame, parts: pl.DataFrame, settings: Mapping) -> dict:
    """Account for a split: JSON-ready counts, hash and leakage.

    Returns:
        `rows` per part, `sha256` of the sorted (id, part) lines, `group`, `groups` per part, `leakage` (groups in more
        than one part: 0, or this raises), and what the settings `watch`: of `{composition: column}` the
        `rows_with_a_composition_of_train`; of `distinct: {targets: column}` the `distinct_targets` per part and the
        `targets_shared_with_train`. Named, because a group may allow them.

    Raises:
        DataError: the ids of the split are not exactly those of the prepared table.
        LeakageError: a group lies in more than one part.
    """
    check_schema(parts, {"id": pl.String, "part": pl.String}, "the split", exact=True)
    if parts["id"].is_duplicated().any() or set(parts["id"]) != set(prepared["id"]):
        raise DataError(
            f"the split names {parts['id'].n_unique()} ids in {len(parts)} rows, the prepared table {len(prepared)}. "
            "Hint: delete the split and make it again."
        )
    table = prepared.with_columns(group=_group(prepared, settings)).join(
        parts, on="id", maintain_order="left"
    )
    # A row without its label is still a training row.
    sides = pl.col("part").replace(UNLABELLED, "train").unique().sort()
    leaks = (
        table.filter(pl.col("part") != EXCLUDED)
        .group_by("group")
        .agg(sides)
        .filter(pl.col("part").list.len() > 1)
    )
    if len(leaks):
        group, where = leaks.sort("group").row(0)
        raise LeakageError(
            f"{len(leaks)} groups by {settings['group']} lie in several parts, for example {group!r} in "
            f"{', '.join(where)}. Hint: split by whole groups; where others drew the parts, `group: id` takes them as "
            "they are, and `distinct: {name: column}` counts what they share."
        )
    lines = "".join(f"{identifier}\t{part}\n" for identifier, part in parts.sort("id").iter_rows())
    report = {
        "kind": settings["kind"],
        "rows": _per_part(table, pl.len()),
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "group": settings["group"],
        "groups": _per_part(table, pl.col("group").n_unique()),
        "leakage": len(leaks),
    }
    if scarce(settings):
        report["rows"][UNLABELLED] = int((table["part"] == UNLABELLED).sum())
    if "exclude" in settings:
        report["rows"][EXCLUDED] = int((table["part"] == EXCLUDED).sum())
    return report | _watched(table, settings)


def small(report: Mapping) -> list[str]:
    """What to say of the parts of a manifest that are too small to tell methods apart."""
    return [
        f"{part} has {rows} row{'s' if rows > 1 else ''}, fewer than {FEW}: a score there tells no method from another"
        for part, rows in report["rows"].items()
        if part in PARTS and 0 < rows < FEW
    ]


def shared(report: Mapping) -> list[str]:
    """What parts of a manifest have in common, of all that their split counts as `distinct`."""
    names = [key.removeprefix("distinct_") for key in report if key.startswith("distinct_")]
    return [
        f"of {report[f'distinct_{name}'][part]} distinct {name} of {part}, train has {count}, too"
        for name in names
        for part, count in report[f"{name}_shared_with_train"].items()
        if count
    ]


def _watched(table: pl.DataFrame, settings: Mapping) -> dict:
    """What valid and test share with train though the group allows it, as far as the settings ask.

    Of each `watch: {name: column}`, rows whose value training has too, unlabelled rows among them; an empty string is
    no value. Of each `distinct: {name: column}`, the distinct values of each part, and those that the labelled rows of
    train have too.
    """
    asked = {**settings.get("watch", {}), **settings.get("distinct", {})}
    missing = sorted(set(asked.values()) - set(table.columns))
    if missing:
        raise DataError(
            f"the split watches {', '.join(missing)}, but the prepared table has {', '.join(table.columns)}. "
            "Hint: name its columns in `watch` and `distinct`."
        )
    report = {}
    for name, column in settings.get("watch", {}).items():
        known = table.filter(pl.col("part").is_in(["train", UNLABELLED]))[column].unique()
        shared = table.filter(pl.col(column) != "", pl.col(column).is_in(known.implode()))
        report[f"rows_with_a_{name}_of_train"] = {
            part: int((shared["part"] == part).sum()) for part in PARTS[1:]
        }
    for name, column in settings.get("distinct", {}).items():
        values = {part: set(table.filter(pl.col("part") == part)[column].drop_nulls()) for part in PARTS}
        report[f"distinct_{name}"] = {part: len(values[part]) for part in PARTS}
        report[f"{name}_shared_with_train"] = {
            part: len(values[part] & values["train"]) for part in PARTS[1:]
        }
    return report


def _group(prepared: pl.DataFrame, settings: Mapping) -> pl.Expr:
    """The group of each row as one string."""
    columns = settings["group"]
    columns = [columns] if isinstance(columns, str) else list(columns)
    missing = [column for column in columns if column not in prepared.columns]
    if missing or not columns:
        raise DataError(
            f"the split groups by {columns}, but the prepared table has {', '.join(prepared.columns)}. "
            "Hint: name its columns in `group`."
        )
    flat = [
        pl.col(column).list.join("+")
        if prepared.schema[column] == pl.List(pl.String)
        else pl.col(column).cast(pl.String)
        for column in columns
    ]
    return pl.concat_str([column.fill_null("") for column in flat], separator=" | ")


def _per_part(table: pl.DataFrame, value: pl.Expr) -> dict[str, int]:
    counts = dict(table.group_by("part").agg(value.alias("n")).iter_rows())
    return {part: int(counts.get(part, 0)) for part in PARTS}
