"""Differences between systems: each is computed here, once; tables, numbers and claims look it up.

A *family* is a named list of pairs (variant, against) that are tested together. The statistics of one pair are those of
`retort.statistics.components`; everything else here only pairs the values and files the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from retort.statistics.cells import Cell, Cells, Paired, Question, paired
from retort.statistics.comparison import holm

_PAIR = ("variant", "against")
_QUESTION = ("study", "dataset", "split", "part", "metric")
_NUMBERS = {
    **dict.fromkeys(["n", "n_items"], pl.Int64),
    **dict.fromkeys(["difference", "low", "high", "se", "df", "p"], pl.Float64),
    **dict.fromkeys(["gain", "gain_low", "gain_high", "gain_se", "gain_df"], pl.Float64),
    "against_mean": pl.Float64,
    "note": pl.String,
}
_COMPARED_SCHEMA = {**dict.fromkeys([*_QUESTION, "unit", *_PAIR], pl.String), **_NUMBERS}
CONTRASTS_SCHEMA = {
    **dict.fromkeys(["study", "dataset", "split", "family", *_PAIR, "title"], pl.String),
    **dict.fromkeys(["part", "metric", "unit"], pl.String),
    **dict.fromkeys(["n", "n_items"], pl.Int64),
    **dict.fromkeys(["difference", "low", "high", "se", "df", "p", "p_holm"], pl.Float64),
    **dict.fromkeys(["gain", "gain_low", "gain_high", "gain_se", "gain_df"], pl.Float64),
    **dict.fromkeys(["against_mean", "relative"], pl.Float64),
    "note": pl.String,
}
_ORDER = ("study", "dataset", "split", "family", *_PAIR, "part", "metric")


class Pair(NamedTuple):
    """What is compared: `variant` minus `against`; `title`, where there is one, names the difference in a table."""

    variant: str
    against: str
    title: str | None = None


def contrasts(cells: Cells, families: Mapping[str, Sequence[Pair]]) -> pl.DataFrame:
    """Every pair of `families` on each question that both systems answered (CONTRASTS_SCHEMA).

    Replicates pair as `retort.statistics.cells.paired` says; `n` counts the pairs. `difference` is variant minus
    against, in the metric's unit, with its standard error, degrees of freedom, 95 % interval and the two-sided `p` of
    its own t. `p_holm` is corrected within one (family, dataset, split, part, metric). `gain` is ln E_against - ln
    E_variant for the error E of `Cells.log_error`, per pair, so that 0.10 means that a tenth of the error is gone; null
    for other metrics. `relative` is `difference` as a share of `against_mean`, null where that is not above zero. A
    pair of two families is computed once: its rows differ in `family`, `title` and `p_holm`.

    Raises:
        ValueError: a pair stands twice in a family or is one system twice; two systems share no replicate, or answered
            different items.
    """
    members = _members(families)
    pairs = list(members.select(_PAIR).unique(maintain_order=True).iter_rows())
    table = pl.DataFrame(list(_compared(cells, pairs)), schema=_COMPARED_SCHEMA)
    share = pl.col("difference") / pl.col("against_mean")
    table = members.join(table, on=_PAIR).with_columns(
        relative=pl.when(pl.col("against_mean") > 0).then(share)
    )
    return with_holm(table, ["family", *_QUESTION]).select(*CONTRASTS_SCHEMA).sort(_ORDER)


def gain(cells: Cells, question: Question, variant: str, against: str) -> Paired | None:
    """The gain of one system over another, pair by pair; None where the metric has no error that could be gone."""
    ours, theirs = (cells.log_error(question, cells.of[question][name]) for name in (variant, against))
    if ours is None or theirs is None:
        return None
    return paired(theirs, ours, (against, variant), _where(question, variant, against))


def with_holm(table: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """`table` with `p_holm`, its `p` corrected among the rows that share all `keys`."""
    together = table.with_row_index("_row").group_by(keys, maintain_order=True).agg("_row", "p")
    corrected = pl.Series("p_holm", [holm(ps) for ps in together["p"].to_list()], dtype=pl.List(pl.Float64))
    found = together.select("_row", corrected).explode("_row", "p_holm").sort("_row")
    return table.with_columns(found["p_holm"])


def _members(families: Mapping[str, Sequence[Pair]]) -> pl.DataFrame:
    """`family, variant, against, title`, one row for each pair of each family."""
    rows = [(family, *pair) for family, pairs in families.items() for pair in pairs]
    table = pl.DataFrame(rows, schema=dict.fromkeys(["family", *_PAIR, "title"], pl.String), orient="row")
    wrong = table.filter(
        pl.struct("family", *_PAIR).is_duplicated() | (pl.col("variant") == pl.col("against"))
    )
    if wrong.height:
        raise ValueError(
            f"family {wrong['family'][0]!r} compares {wrong['variant'][0]!r} with {wrong['against'][0]!r} twice, or a "
            "system with itself. Hint: look at `contrasts:` of the study."
        )
    return table


def _compared(cells: Cells, pairs: list[tuple[str, str]]) -> Iterator[dict]:
    """A row for each question and each pair whose two systems answered it."""
    for question, systems in cells.of.items():
        errors: dict[str, Cell | None] = {}
        for variant, against in pairs:
            if variant not in systems or against not in systems:
                continue
            for name in {variant, against} - errors.keys():
                errors[name] = cells.log_error(question, systems[name])
            where = _where(question, variant, against)
            ours, theirs = systems[variant], systems[against]
            found = paired(ours, theirs, (variant, against), where).level()
            row = question._asdict() | {
                "variant": variant,
                "against": against,
                "n": found.n,
                "n_items": found.n_items,
                "difference": found.value,
                "low": found.low,
                "high": found.high,
                "se": found.se,
                "df": found.df,
                "p": found.p,
                "against_mean": theirs.mean,
                "note": found.note,
            }
            lost, left = errors[against], errors[variant]
            if lost is not None and left is not None:
                gained = paired(lost, left, (against, variant), where).level()
                row |= {
                    "gain": gained.value,
                    "gain_low": gained.low,
                    "gain_high": gained.high,
                    "gain_se": gained.se,
                    "gain_df": gained.df,
                }
            yield row


def _where(question: Question, variant: str, against: str) -> Callable[[], str]:
    return lambda: f"{variant!r} minus {against!r} on {question}"
