"""Differences between systems: each is computed here, once; tables, numbers and claims look it up.

A *family* is a named list of pairs (variant, against) that are tested together. The statistics of one pair are those of
`_over_seeds` and `_over_items`; everything else here only finds the values and files the results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from retort.statistics.bootstrap import RESAMPLES, paired_over_items
from retort.statistics.cells import QUESTION, Cell, by_cell, check_scores, item_cells
from retort.statistics.comparison import compare, holm
from retort.statistics.robust import trimean

_PAIR = ("variant", "against")
_STATISTICS = {
    "n": pl.Int64,
    **dict.fromkeys(["difference", "low", "high", "p"], pl.Float64),
    "against_trimean": pl.Float64,
    "n_items": pl.Int64,
    **dict.fromkeys(["item_difference", "item_low", "item_high"], pl.Float64),
    "note": pl.String,
}
CONTRASTS_SCHEMA = {
    **dict.fromkeys(["study", "dataset", "split", "family", *_PAIR, "title"], pl.String),
    **dict.fromkeys(["part", "metric", "unit"], pl.String),
    "n": pl.Int64,
    **dict.fromkeys(["difference", "low", "high", "p", "p_holm", "relative", "against_trimean"], pl.Float64),
    "n_items": pl.Int64,
    **dict.fromkeys(["item_difference", "item_low", "item_high"], pl.Float64),
    "note": pl.String,
}
_ORDER = ("study", "dataset", "split", "family", *_PAIR, "part", "metric")


class Pair(NamedTuple):
    """What is compared: `variant` minus `against`; `title`, where there is one, names the difference in a table."""

    variant: str
    against: str
    title: str | None = None


def contrasts(
    scores: pl.DataFrame,
    items: pl.DataFrame,
    families: Mapping[str, Sequence[Pair]],
    *,
    paired: pl.DataFrame | None = None,
    seed: int,
    resamples: int = RESAMPLES,
) -> pl.DataFrame:
    """Every pair of `families` on each dataset, split, part and metric that both systems have (CONTRASTS_SCHEMA).

    Args:
        scores, items: the tables of one study, see docs/architecture.md.
        families: the pairs of each family. A pair of two families is computed once: its rows differ in `family`,
            `title` and `p_holm`.
        paired: what only predictions can tell of a difference over items, such as that of a ROC-AUC: `dataset, split,
            variant, reference, metric, difference, low, high, n_items`, on the test part. It fills `item_*`; where it
            alone has a pair, what is over seeds is null.
        seed: of each bootstrap, so that adding a pair moves no other number; `resamples` is for those over seeds.

    Runs pair by seed. A system that was run with one seed only, because it is deterministic, pairs with every seed of
    the other. Seeds that only one of the two has are left out. `n` and `n_items` are the numbers of pairs, `difference`
    with `low, high` is over seeds, `item_difference` with its own over test items, all in the metric's unit. `relative`
    is `difference` as a share of `against_trimean`, null where that is not above zero. `p_holm` is corrected within one
    (family, dataset, split, part, metric).

    Raises:
        ValueError: scores are repeated, missing or NaN; a pair stands twice in a family or is one system twice; two
            systems share no seed, or answered different items.
    """
    check_scores(scores)
    members = _members(families)
    pairs = list(members.select(_PAIR).unique(maintain_order=True).iter_rows())
    table = pl.DataFrame(
        list(_compared(scores, items, pairs, seed=seed, resamples=resamples)),
        schema=dict.fromkeys([*QUESTION, "unit", *_PAIR], pl.String) | _STATISTICS,
    )
    if paired is not None:
        table = _filled(table, paired, scores)
    share = pl.col("difference") / pl.col("against_trimean")
    table = members.join(table, on=_PAIR).with_columns(
        relative=pl.when(pl.col("against_trimean") > 0).then(share)
    )
    return _with_holm(table).select(*CONTRASTS_SCHEMA).sort(_ORDER)


def _members(families: Mapping[str, Sequence[Pair]]) -> pl.DataFrame:
    """`family, variant, against, title`, one row for each pair of each family."""
    rows = [(family, *pair) for family, pairs in families.items() for pair in pairs]
    table = pl.DataFrame(
        rows, schema=dict.fromkeys(["family", *_PAIR, "title"], pl.String), orient="row"
    )
    wrong = table.filter(
        pl.struct("family", *_PAIR).is_duplicated() | (pl.col("variant") == pl.col("against"))
    )
    if wrong.height:
        raise ValueError(
            f"family {wrong['family'][0]!r} compares {wrong['variant'][0]!r} with {wrong['against'][0]!r} twice, or a "
            "system with itself. Hint: look at `contrasts:` of the study."
        )
    return table


def _compared(
    scores: pl.DataFrame, items: pl.DataFrame, pairs: list[tuple[str, str]], *, seed: int, resamples: int
) -> Iterator[dict]:
    """A row for each question and each pair whose two systems have scores."""
    answers = item_cells(items)
    questions: dict[tuple, dict[str, Cell]] = {}
    keys = [*QUESTION, "unit"]
    for key, runs in by_cell(scores, [*keys, "variant"], "seed"):
        questions.setdefault(tuple(key[name] for name in keys), {})[key["variant"]] = runs
    for question, runs in questions.items():
        known = [pair for pair in pairs if runs.keys() >= set(pair)]
        levels = {against: float(trimean(runs[against].values)) for against in {pair[1] for pair in known}}
        for variant, against in known:
            where = f"{variant!r} minus {against!r} on {' / '.join(question)}"
            row = dict(zip(keys, question, strict=True)) | {"variant": variant, "against": against}
            row |= _over_seeds(runs[variant], runs[against], where, seed=seed, resamples=resamples)
            ours, theirs = (
                answers.get((*question[:3], name, *question[3:5])) for name in (variant, against)
            )
            if ours is not None and theirs is not None:
                row |= _over_items(ours, theirs, where, seed=seed)
            yield row | {"against_trimean": levels[against]}


def _over_seeds(ours: Cell, theirs: Cell, where: str, *, seed: int, resamples: int) -> dict:
    """What runs say of one pair."""
    values, reference = _paired(ours, theirs)
    if not values.size:
        raise ValueError(f"{where}: no seed is shared. Hint: give both the same `seeds:`.")
    return compare(values, reference, seed=seed, resamples=resamples)._asdict()


def _over_items(ours: Cell, theirs: Cell, where: str, *, seed: int) -> dict:
    """What test items say of one pair, the seeds of each item averaged."""
    if not np.array_equal(ours.labels, theirs.labels):
        shared = np.intersect1d(ours.labels, theirs.labels).size
        raise ValueError(
            f"{where}: {ours.labels.size} items and {theirs.labels.size}, {shared} shared: systems must answer the "
            "same test items. Hint: score both on the same split file."
        )
    estimate = paired_over_items(ours.values, theirs.values, seed=seed)
    return {
        "n_items": ours.values.size,
        "item_difference": estimate.point,
        "item_low": estimate.low,
        "item_high": estimate.high,
    }


def _paired(ours: Cell, theirs: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Values of both, (n,) each: by seed, or one deterministic run against every seed of the other."""
    if theirs.values.size == 1 or ours.values.size == 1:
        return np.broadcast_arrays(ours.values, theirs.values)
    _, mine, its = np.intersect1d(ours.labels, theirs.labels, assume_unique=True, return_indices=True)
    return ours.values[mine], theirs.values[its]


def _filled(table: pl.DataFrame, paired: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """`table` with what `paired` says of differences over items, and with the rows that only `paired` has."""
    units = scores.select(*QUESTION, "unit").unique()
    given = paired.select(
        "dataset",
        "split",
        "variant",
        "metric",
        study=pl.lit(scores["study"].unique().item()),
        part=pl.lit("test"),
        against="reference",
        given_difference="difference",
        given_low="low",
        given_high="high",
        given_n="n_items",
    ).join(units, on=QUESTION, how="left")
    names = {"item_difference": "difference", "item_low": "low", "item_high": "high", "n_items": "n"}
    return table.join(given, on=[*QUESTION, "unit", *_PAIR], how="full", coalesce=True).with_columns(
        pl.coalesce(column, f"given_{name}").alias(column) for column, name in names.items()
    )


def _with_holm(table: pl.DataFrame) -> pl.DataFrame:
    """`table` with `p_holm`, one family at each question being corrected together."""
    keys = ["family", *QUESTION]
    together = table.group_by(keys, maintain_order=True).agg(pl.all())
    corrected = pl.Series("p_holm", [holm(ps) for ps in together["p"].to_list()], dtype=pl.List(pl.Float64))
    return together.with_columns(corrected).explode(pl.exclude(keys))
