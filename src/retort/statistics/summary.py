"""From the scores of single runs to the robust summary and paired comparison that every table prints."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from retort.statistics.bootstrap import RESAMPLES, interval, interval_over_items, paired_over_items
from retort.statistics.comparison import compare, holm
from retort.statistics.robust import checked, iqr, quartiles

KEYS = ("study", "dataset", "split", "variant", "part", "metric", "unit")
FAMILY = ("study", "dataset", "split", "part", "metric")

COMPARISON_SCHEMA = {
    "baseline": pl.String,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "p": pl.Float64,
    "p_holm": pl.Float64,
}
ITEM_DIFFERENCE_SCHEMA = {
    "item_difference": pl.Float64,
    "item_difference_low": pl.Float64,
    "item_difference_high": pl.Float64,
}
SUMMARY_SCHEMA = {
    **dict.fromkeys(KEYS, pl.String),
    "n": pl.Int64,
    **dict.fromkeys(["trimean", "q1", "q3", "iqr", "low", "high", "mean", "sd"], pl.Float64),
    "note": pl.String,
    **COMPARISON_SCHEMA,
    "n_items": pl.Int64,
    "item_low": pl.Float64,
    "item_high": pl.Float64,
    **ITEM_DIFFERENCE_SCHEMA,
}
CONTRAST_SCHEMA = {
    **dict.fromkeys(KEYS, pl.String),
    "n": pl.Int64,
    **COMPARISON_SCHEMA,
    **ITEM_DIFFERENCE_SCHEMA,
    "note": pl.String,
}


def summarize(
    scores: pl.DataFrame, items: pl.DataFrame, baseline: str, seed: int, *, resamples: int = RESAMPLES
) -> pl.DataFrame:
    """Summarise each (dataset, split, variant, part, metric) over its seeds and compare it with the baseline.

    Takes the `scores` and `items` tables of docs/architecture.md and returns its `summary` table, sorted by
    the keys. Values stay in the metric's own unit. `sd` is the sample standard deviation (n - 1), null for
    one seed. Intervals of `trimean` and `difference` are over seeds; `item_*` are for the mean over test
    items, which only metrics with items have. The baseline's own rows and those where it did not run have a
    null comparison. Holm's family is every comparison within one (dataset, split, part, metric). `resamples`
    is for the intervals over seeds; those over items take RESAMPLES_OVER_ITEMS. Each cell starts from the
    same `seed`, so that adding a variant moves no other number.

    Seeds pair as `contrasts` says. Raises ValueError on repeated runs and on missing or NaN values, naming
    the cell.
    """
    _check(scores)
    by_cell = scores.sort(*KEYS, "seed").partition_by(KEYS, maintain_order=True, as_dict=True)
    values_of_items = _items_by_cell(items)
    rows = []
    for cell, runs in by_cell.items():
        key = dict(zip(KEYS, cell, strict=True))
        values = checked(runs["value"].to_numpy(), _name(key))
        q1, _, q3 = quartiles(values)
        estimate = interval(values, seed=seed, resamples=resamples)
        row = key | {
            "n": values.size,
            "trimean": estimate.point,
            "q1": float(q1),
            "q3": float(q3),
            "iqr": float(iqr(values)),
            "low": estimate.low,
            "high": estimate.high,
            "mean": float(values.mean()),
            "sd": float(values.std(ddof=1)) if values.size > 1 else None,
            "note": estimate.note,
        }
        own = values_of_items.get(_item_key(key))
        if own is not None:
            over_items = interval_over_items(own["value"].to_numpy(), seed=seed)
            row |= {"n_items": own.height, "item_low": over_items.low, "item_high": over_items.high}
        rows.append(row)
    summary = pl.DataFrame(rows, schema={k: v for k, v in SUMMARY_SCHEMA.items() if k not in _COMPARED})

    variants = summary["variant"].unique().sort()
    pairs = [(variant, baseline) for variant in variants if variant != baseline]
    compared = contrasts(scores, items, pairs, seed=seed, resamples=resamples).drop("n", "note")
    return (
        summary.join(compared, on=KEYS, how="left", maintain_order="left")
        .select(pl.col(name).cast(dtype) for name, dtype in SUMMARY_SCHEMA.items())
        .sort(KEYS)
    )


def contrasts(
    scores: pl.DataFrame,
    items: pl.DataFrame,
    pairs: Iterable[tuple[str, str]],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> pl.DataFrame:
    """Paired comparison of chosen pairs (variant, reference): a row for each dataset, split, part and metric of both.

    Runs pair by seed. A system that was run with one seed only, because it is deterministic, pairs with every
    seed of the other. Seeds that only one of the two has are left out. Holm's family is the pairs asked for
    within one (dataset, split, part, metric). Columns: CONTRAST_SCHEMA, where `baseline` holds the reference,
    `n` the number of pairs, `note` that of the interval.
    """
    _check(scores)
    by_cell = scores.sort("seed").partition_by(KEYS, maintain_order=True, as_dict=True)
    values_of_items = _items_by_cell(items)
    pairs = list(pairs)
    wanted = {variant for variant, _ in pairs}
    rows = []
    for cell, ours in sorted(by_cell.items(), key=lambda pair: pair[0]):
        key = dict(zip(KEYS, cell, strict=True))
        if key["variant"] not in wanted:
            continue
        for reference in (reference for variant, reference in pairs if variant == key["variant"]):
            other = key | {"variant": reference}
            theirs = by_cell.get(tuple(other.values()))
            if theirs is None:
                continue
            both = _paired(ours, theirs)
            if both.is_empty():
                raise ValueError(
                    f"{_name(key)} and {reference!r} share no seed. Hint: give both the same `seeds:`."
                )
            result = compare(
                both["value"].to_numpy(), both["reference"].to_numpy(), seed=seed, resamples=resamples
            )
            row = key | {
                "n": result.n,
                "baseline": reference,
                "difference": result.difference,
                "difference_low": result.low,
                "difference_high": result.high,
                "p": result.p,
                "note": result.note,
            }
            mine, its = values_of_items.get(_item_key(key)), values_of_items.get(_item_key(other))
            if mine is not None and its is not None:
                shared = mine.join(its, on="id", suffix="_reference").sort("id")
                if shared.height != mine.height or shared.height != its.height:
                    raise ValueError(
                        f"{_name(key)} has {mine.height} items and {reference!r} {its.height}, {shared.height} shared: "
                        "systems must answer the same test items. Hint: score both on the same split file."
                    )
                over_items = paired_over_items(
                    shared["value"].to_numpy(), shared["value_reference"].to_numpy(), seed=seed
                )
                row |= {
                    "item_difference": over_items.point,
                    "item_difference_low": over_items.low,
                    "item_difference_high": over_items.high,
                }
            rows.append(row)
    return _with_holm(pl.DataFrame(rows, schema=CONTRAST_SCHEMA))


_COMPARED = {**COMPARISON_SCHEMA, **ITEM_DIFFERENCE_SCHEMA}
_ITEM_KEYS = ("study", "dataset", "split", "variant", "part", "metric")


def _check(scores: pl.DataFrame) -> None:
    missing = {*KEYS, "seed", "value"} - set(scores.columns)
    if missing:
        raise ValueError(f"scores lack the column(s) {sorted(missing)}; found {scores.columns}.")
    if scores.is_empty():
        raise ValueError("scores are empty: there is nothing to summarise.")
    repeated = scores.filter(pl.struct(*KEYS, "seed").is_duplicated())
    if repeated.height:
        raise ValueError(f"scores hold more than one value for a run: {repeated.row(0, named=True)}.")
    bad = scores.filter(pl.col("value").is_null() | ~pl.col("value").is_finite())
    if bad.height:
        raise ValueError(
            f"scores hold {bad.height} missing or non-finite value(s), the first in {bad.row(0, named=True)}. "
            "Hint: a diverged run writes NaN; look at its history."
        )
    units = scores.group_by(FAMILY).agg(pl.col("unit").unique().sort()).filter(pl.col("unit").list.len() > 1)
    if units.height:
        raise ValueError(f"one metric is given in several units: {units.row(0, named=True)}.")


def _items_by_cell(items: pl.DataFrame) -> dict[tuple, pl.DataFrame]:
    """The `id, value` table of each (study, dataset, split, variant, part, metric)."""
    if items.is_empty():
        return {}
    repeated = items.filter(pl.struct(*_ITEM_KEYS, "id").is_duplicated())
    if repeated.height:
        raise ValueError(f"items hold more than one value for an id: {repeated.row(0, named=True)}.")
    cells = items.sort(*_ITEM_KEYS, "id").partition_by(_ITEM_KEYS, maintain_order=True, as_dict=True)
    return {cell: table.select("id", "value") for cell, table in cells.items()}


def _item_key(key: dict) -> tuple:
    return tuple(key[name] for name in _ITEM_KEYS)


def _paired(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Columns seed, value, reference: by seed, or one deterministic run against every seed of the other."""
    ours = ours.select("seed", "value")
    theirs = theirs.select("seed", pl.col("value").alias("reference"))
    if theirs.height == 1:
        return ours.with_columns(pl.lit(theirs["reference"][0]).alias("reference"))
    if ours.height == 1:
        return theirs.with_columns(pl.lit(ours["value"][0]).alias("value"))
    return ours.join(theirs, on="seed").sort("seed")


def _with_holm(table: pl.DataFrame) -> pl.DataFrame:
    if table.is_empty():
        return table
    families = table.partition_by(FAMILY, maintain_order=True)
    adjusted = [
        family.with_columns(pl.Series("p_holm", holm(family["p"].to_list()), dtype=pl.Float64))
        for family in families
    ]
    return pl.concat(adjusted).select(*CONTRAST_SCHEMA).sort(*KEYS, "baseline")


def _name(key: dict) -> str:
    return "scores of " + " / ".join(str(value) for value in key.values())
