"""The study's statistics that need predictions or vectors of several systems: recalls, neighbours, joins."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import polars as pl

from retort.runs import Run, StudyPlan
from retort.sealed import read_table
from retort.statistics.comparison import holm
from retort.statistics.components import over_items
from retort.statistics.influence import roc_auc
from retort.statistics.robust import quartiles
from retort.studies.discovery.data import PROPERTIES, read
from retort.studies.discovery.neighbourhoods import Neighbourhoods
from retort.studies.discovery.pairs import pairs
from retort.studies.discovery.recall import ALL, DESCRIBED, is_later
from retort.studies.discovery.represent import TEMPERATURE
from retort.studies.discovery.tables import DETAILS

# Whose list others are compared with: the vectors that the source calls its baseline.
AGAINST = "recall-mat2vec"
QUANTITIES = ("zt", "power_factor")
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
        near = Neighbourhoods.of(here)
        for name, rows in (
            ("recall_queries", _queries(here)),
            ("recall_quality", _quality(here)),
            ("purity", near.purity(AGAINST)),
            ("overlap", near.overlap()),
        ):
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
    """The columns of `recall_quality` but for the place; every system by its first seed."""
    prepared = read_table(runs[0].inputs.prepared)
    first = {run.variant: run.read("predictions") for run in sorted(runs, reverse=True)}
    queries = prepared.filter(pl.col("query").fill_null(False))["formula"].to_list()
    for quantity, pool, query in product(QUANTITIES, (ALL, DESCRIBED), queries):
        known = prepared.select("id", value=pl.col(quantity).cast(pl.Float64)).drop_nulls()
        values = {}
        for variant, table in sorted(first.items()):
            listed = table.filter(property=query, pool=pool)
            if len(listed):
                values[variant] = known.join(listed, on="id", how="semi")["value"].to_numpy()
        theirs = values.get(AGAINST, np.empty(0))
        ps = [None if variant == AGAINST else _rank_sum(ours, theirs) for variant, ours in values.items()]
        for (variant, ours), p, adjusted in zip(values.items(), ps, holm(ps), strict=True):
            if len(ours) >= FEWEST:
                exceeds = (None,) * 5 if p is None else _exceeds(ours, theirs)
                quarters = quartiles(ours).tolist()
                yield variant, pool, query, quantity, *quarters, AGAINST, p, adjusted, *exceeds, len(ours)
    for quantity in QUANTITIES:
        whole = prepared[quantity].drop_nulls().cast(pl.Float64).to_numpy()
        if len(whole) >= FEWEST:
            nothing = (None,) * 8  # it is compared with no list
            yield "whole", ALL, "", quantity, *quartiles(whole).tolist(), *nothing, len(whole)


def _rank_sum(ours: np.ndarray, theirs: np.ndarray) -> float | None:
    """Two-sided p of Mann and Whitney; None where either list has too few values."""
    from scipy.stats import mannwhitneyu

    if min(len(ours), len(theirs)) < FEWEST:
        return None
    return float(mannwhitneyu(ours, theirs).pvalue)


def _exceeds(ours: np.ndarray, theirs: np.ndarray) -> tuple[float | None, ...]:
    """`value, low, high, se, df` of the chance that one of ours exceeds one of theirs, less a half; a tie is half."""
    which = np.repeat([1.0, 0.0], [len(ours), len(theirs)])
    level = over_items(roc_auc(np.concatenate([ours, theirs]), which).pseudo_values - 0.5)
    return level.value, level.low, level.high, level.se, level.df


def _joins(runs: list[Run]) -> Rows:
    """`dataset, quantity, n`."""
    for dataset, prepared in sorted({(run.dataset, run.inputs.prepared) for run in runs}):
        table = read_table(prepared)
        yield dataset, "measurements" if TEMPERATURE in table.columns else "rows", len(table)
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
