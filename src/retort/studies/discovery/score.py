"""Scores of the study: errors of properties, polymorphs in the right order, and hosts that a recall finds."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from retort.runs import Run, StudyPlan
from retort.statistics import influence
from retort.studies.discovery import details as own
from retort.studies.discovery.data import GENERATED, GENERATED_UNITS, PREDICTED, UNITS
from retort.studies.discovery.pairs import ordered_rightly
from retort.studies.discovery.polymorphs import POOL
from retort.studies.discovery.ranking import gains
from retort.studies.discovery.recall import ALL, DESCRIBED, LATER, is_later

SCORES_SCHEMA = {"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String}
ITEMS_SCHEMA = {"part": pl.String, "metric": pl.String, "id": pl.String, "value": pl.Float64}
ERROR, EXPLAINED, ORDERED, FOUND, RANKING = "absolute_error", "r2", "order", "found", "ranking"
HITS = {ALL: "hits", LATER: "hits-later", DESCRIBED: "hits-described"}
FRACTION, SHARE, FORMULAS = "fraction", "share", "formulas"
OF_ERRORS = {
    "mae": influence.mean,
    "rmse": influence.root_mean_square,
    "trimean": influence.trimean,
}
Scored = tuple[list[tuple[str, str, float, str]], list[pl.DataFrame]]


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Metrics as `part, metric, value, unit`, and what each test item adds to them.

    - Of one property, valid and test: `mae, rmse, trimean` of absolute errors in its unit, `r2`; items are rows:
      `absolute_error` and the pseudo-values of `r2`.
    - Of polymorphs: `order`, the mean over formulas of the share of pairs in the right order; items are formulas.
    - Of a recall: `hits`, hosts in a list, mean over the queries; `hits-later`, hosts first measured in 2013 or later
      in a list without the others; `hits-described`, among formulas that have a text; `found`, the share of hosts that
      are in the list of any query. Items are hosts, scaled so that their mean is the score.
    - Of several properties at once, valid and test: `ranking`, see `retort.studies.discovery.ranking.gains`; items are
      queries, which are rows.

    What pre-trains an encoder has no scores of its own.
    """
    if predictions["pool"].eq(POOL).any():
        rows, items = _polymorphs(predictions, prepared)
    elif predictions["pool"].drop_nulls().len():
        rows, items = _recall(predictions, prepared)
    elif predictions["property"].drop_nulls().n_unique() == 1:
        rows, items = _property(predictions, GENERATED_UNITS if GENERATED in prepared.columns else UNITS)
    elif predictions["property"].drop_nulls().len():
        rows, items = _ranking(predictions, prepared)
    else:
        rows, items = [], []
    return (
        pl.DataFrame(rows, schema=SCORES_SCHEMA, orient="row"),
        pl.concat([pl.DataFrame(schema=ITEMS_SCHEMA), *items]),
    )


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`, which need predictions."""
    return own.details(runs, plan)


def _items(ids: list[str] | pl.Series, metric: str, values: np.ndarray) -> pl.DataFrame:
    table = pl.DataFrame({"id": ids, "value": values}, schema={"id": pl.String, "value": pl.Float64})
    return table.select(pl.lit("test").alias("part"), pl.lit(metric).alias("metric"), "id", "value")


def _parts(predictions: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each scored part that has predictions, with these."""
    for part in PREDICTED:
        table = predictions.filter(part=part)
        if not table.is_empty():
            yield part, table


def _property(predictions: pl.DataFrame, units: Mapping[str, str]) -> Scored:
    rows: list[tuple[str, str, float, str]] = []
    items: list[pl.DataFrame] = []
    for part, table in _parts(predictions):
        unit = units[table["property"][0]]
        truth, said = table["value"].to_numpy(), table["prediction"].to_numpy()
        errors = np.abs(said - truth)
        rows += [(part, metric, float(of(errors).value), unit) for metric, of in OF_ERRORS.items()]
        if part == "test":
            items.append(_items(table["id"], ERROR, errors))
        if np.ptp(truth) > 0:
            explained = influence.r2(said, truth)
            rows.append((part, EXPLAINED, float(explained.value), SHARE))
            if part == "test":
                items.append(_items(table["id"], EXPLAINED, explained.pseudo_values))
    return rows, items


def _ranking(predictions: pl.DataFrame, prepared: pl.DataFrame) -> Scored:
    rows: list[tuple[str, str, float, str]] = []
    items: list[pl.DataFrame] = []
    for part, table in _parts(predictions):
        truth, said = (
            table.pivot(on="property", index="id", values=side) for side in ("value", "prediction")
        )
        named = truth.select("id").join(prepared, on="id", how="left", maintain_order="left")
        names = named["composition"].to_numpy()
        found = gains(truth.drop("id").to_numpy(), said.drop("id").to_numpy(), names)
        queries = np.isfinite(found)
        if queries.any():
            rows.append((part, RANKING, float(found[queries].mean()), SHARE))
        if part == "test":
            items.append(_items(truth["id"].filter(pl.Series(queries)), RANKING, found[queries]))
    return rows, items


def _polymorphs(predictions: pl.DataFrame, prepared: pl.DataFrame) -> Scored:
    table = predictions.join(prepared.select("id", "composition"), on="id", maintain_order="left")
    shares = ordered_rightly(
        table["composition"].to_list(), table["value"].to_numpy(), table["prediction"].to_numpy()
    )
    if not shares:
        return [], []
    values = np.array(list(shares.values()))
    return [("test", ORDERED, float(values.mean()), FRACTION)], [_items(list(shares), ORDERED, values)]


def _recall(predictions: pl.DataFrame, prepared: pl.DataFrame) -> Scored:
    hosts = prepared.filter(pl.col("host").fill_null(False) & ~pl.col("query").fill_null(False)).sort("id")
    queries = int(prepared["query"].fill_null(False).sum())
    rows: list[tuple[str, str, float, str]] = []
    items: list[pl.DataFrame] = []
    for metric, relevant, values, unit in _found(predictions, hosts, queries):
        if len(relevant):
            rows.append(("test", metric, float(values.mean()), unit))
            items.append(_items(relevant["id"], metric.replace("-", "_"), values))
    return rows, items


def _found(
    predictions: pl.DataFrame, hosts: pl.DataFrame, queries: int
) -> Iterator[tuple[str, pl.DataFrame, np.ndarray, str]]:
    """`metric, hosts, value of each, unit`."""
    for pool, metric in HITS.items():
        lists = predictions.filter(pool=pool)
        if lists.is_empty():
            continue
        relevant = hosts.filter(is_later(hosts)) if pool == LATER else hosts
        counts = lists.group_by("id").len()
        times = relevant.select("id").join(counts, on="id", how="left", maintain_order="left")["len"]
        count = times.fill_null(0).cast(pl.Float64).to_numpy()
        yield metric, relevant, count * len(relevant) / queries, FORMULAS
        if pool == ALL:
            yield FOUND, relevant, (count > 0).astype(float), FRACTION
