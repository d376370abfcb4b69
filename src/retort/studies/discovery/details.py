"""The study's statistics that need predictions or vectors of several systems: recalls, neighbours, joins."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from retort.runs import Run, StudyPlan
from retort.sealed import read_table
from retort.statistics.comparison import holm
from retort.statistics.components import over_items
from retort.statistics.robust import quartiles
from retort.studies.discovery.data import PROPERTIES, Materials, read
from retort.studies.discovery.pairs import pairs
from retort.studies.discovery.recall import ALL, DESCRIBED, is_later, neighbours, pools, space
from retort.studies.discovery.tables import DETAILS

# Whose list others are compared with: the vectors that the source calls its baseline.
AGAINST = "recall-mat2vec"
QUANTITIES = ("zt", "power_factor")
GROUPS = ("anion", "prototype")
NEAREST = 10
FEWEST = 3  # values that have quartiles
Rows = Iterator[tuple]


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`; lists of all seeds, neighbours of seed 0."""
    found: dict[str, list[tuple]] = {name: [] for name in DETAILS}
    places: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.settings["method"] == "recall":
            places.setdefault((run.dataset, plan.place(run).split), []).append(run)
    for place, here in sorted(places.items()):
        for name, rows in (
            ("recall_queries", _queries(here)),
            ("recall_quality", _quality(here)),
        ):
            found[name] += [(*place, *row) for row in rows]
        near = _neighbourhoods([run for run in here if run.settings["recall"]["by"] in ("cosine", "elmd")])
        for name, rows in (("purity", _purity(*near)), ("overlap", _overlap(*near))):
            found[name] += [(*place, *row) for row in rows]
    found["joins"] = list(_joins(runs))
    return {name: pl.DataFrame(rows, schema=DETAILS[name], orient="row") for name, rows in found.items()}


def _queries(runs: list[Run]) -> Rows:
    """`variant, pool, query, hits, length`."""
    prepared = read_table(runs[0].inputs.prepared, columns=["id", "host", "query"])
    hosts = prepared.filter(pl.col("host").fill_null(False), ~pl.col("query").fill_null(False))["id"]
    lists = pl.concat(
        [
            run.read("predictions").with_columns(variant=pl.lit(run.variant), seed=pl.lit(run.seed))
            for run in runs
        ]
    )
    yield from (
        lists.with_columns(hit=pl.col("id").is_in(hosts.implode()))
        .group_by("variant", "pool", "property", "seed")
        .agg(hits=pl.col("hit").sum(), length=pl.len())
        .group_by("variant", "pool", "property")
        .agg(pl.col("hits").mean(), pl.col("length").max().cast(pl.Int64))
        .sort("variant", "pool", "property")
        .iter_rows()
    )


def _quality(runs: list[Run]) -> Rows:
    """`variant, query, quantity, q1, median, q3, n, against, p, p_holm`; every system by its first seed."""
    prepared = read_table(runs[0].inputs.prepared)
    lists = {run.variant: run.read("predictions").filter(pool=ALL) for run in sorted(runs, reverse=True)}
    lists = {variant: table for variant, table in sorted(lists.items()) if len(table)}
    queries = prepared.filter(pl.col("query").fill_null(False))["formula"].to_list()
    for quantity in QUANTITIES:
        known = prepared.select("id", value=pl.col(quantity)).drop_nulls()
        for query in queries:
            values = {
                variant: known.join(table.filter(property=query), on="id", how="semi")["value"].to_numpy()
                for variant, table in lists.items()
            }
            theirs = values.get(AGAINST, np.empty(0))
            ps = [None if variant == AGAINST else _rank_sum(ours, theirs) for variant, ours in values.items()]
            for (variant, ours), p, adjusted in zip(values.items(), ps, holm(ps), strict=True):
                if len(ours) >= FEWEST:
                    yield variant, query, quantity, *_quartiles(ours), len(ours), AGAINST, p, adjusted
        if len(known) >= FEWEST:
            whole = known["value"].to_numpy()
            yield "pool", "", quantity, *_quartiles(whole), len(whole), None, None, None


def _quartiles(values: np.ndarray) -> list[float]:
    return [float(value) for value in quartiles(values)]


def _rank_sum(ours: np.ndarray, theirs: np.ndarray) -> float | None:
    """Two-sided p of Mann and Whitney; None where either list has too few values."""
    from scipy.stats import mannwhitneyu

    if min(len(ours), len(theirs)) < FEWEST:
        return None
    return float(mannwhitneyu(ours, theirs).pvalue)


def _neighbourhoods(runs: list[Run]) -> tuple[dict[str, np.ndarray], Materials | None, np.ndarray]:
    """By system the nearest neighbours of each formula that has a text; the materials, and the rows of these."""
    first = [run for run in runs if run.seed == 0]
    if not first:
        return {}, None, np.empty(0, np.int64)
    inputs = first[0].inputs
    materials = read(inputs.prepared, inputs.split, None)
    rows = pools(materials, inputs)[DESCRIBED]
    found = {}
    for run in sorted(first):
        place = space(materials, run.inputs, run.settings, run.seed)
        if len(rows) > NEAREST and place.known[rows].all():
            found[run.variant] = neighbours(place, rows, NEAREST)
    return found, materials, rows


def _purity(near: dict[str, np.ndarray], materials: Materials | None, rows: np.ndarray) -> Rows:
    """`variant, group, chance, value, low, high, se, df, n`."""
    for group in GROUPS if materials is not None and near else ():
        names = materials.table[group].gather(rows).to_list()  # type: ignore[union-attr]
        labelled = np.array([name is not None for name in names])
        _, kind = np.unique([name or "" for name in names], return_inverse=True)
        sizes = np.bincount(kind[labelled])
        # One of the others, drawn at random.
        chance = float((sizes * (sizes - 1)).sum() / max(labelled.sum() * (len(rows) - 1), 1))
        for variant, found in near.items():
            same = (kind[found] == kind[:, None]) & labelled[found]
            level = over_items(same.mean(axis=1)[labelled])
            yield (
                variant,
                group,
                chance,
                level.value,
                level.low,
                level.high,
                level.se,
                level.df,
                level.n_items,
            )


def _overlap(near: dict[str, np.ndarray], materials: Materials | None, rows: np.ndarray) -> Rows:
    """`first, second, chance, value, low, high, se, df, n`."""
    chance = NEAREST / max(len(rows) - 1, 1)
    for first, ours in near.items():
        for second, theirs in near.items():
            if first < second:
                shared = (ours[:, :, None] == theirs[:, None, :]).any(axis=2).mean(axis=1)
                level = over_items(shared)
                yield (
                    first,
                    second,
                    chance,
                    level.value,
                    level.low,
                    level.high,
                    level.se,
                    level.df,
                    level.n_items,
                )


def _joins(runs: list[Run]) -> Rows:
    """`dataset, quantity, n`."""
    for dataset, prepared in sorted({(run.dataset, run.inputs.prepared) for run in runs}):
        table = read_table(prepared)
        yield dataset, "rows", len(table)
        yield dataset, "formulas", table["composition"].n_unique()
        for name in (*PROPERTIES, *QUANTITIES, "first_year"):
            if name in table.columns:
                yield dataset, name, table[name].drop_nulls().len()
        for name in ("query", "host", "exact", "mentioned"):
            if table.schema.get(name) == pl.Boolean:
                yield dataset, name, int(table[name].fill_null(False).sum())
        if {"host", "first_year"} <= set(table.columns):
            yield dataset, "later", int(is_later(table).sum())
    run = next((run for run in runs if run.settings["method"] == "order"), None)
    if run is not None:
        materials = read(run.inputs.prepared, run.inputs.split, run.settings["target"])
        test = materials.rows_of("test")
        names = materials.table["composition"].gather(test).to_list()
        found = pairs(names, materials.labels()[test])
        yield run.dataset, "pairs", len(found)
        yield run.dataset, "formulas with pairs", len({names[row] for row in found[:, 0]})
