"""The plan as tables: what reports know of places, systems, metrics, sources and loans."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from retort.sealed import read_table

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

PARTS = ("train", "valid", "test")
KEPT_APART = ("unlabelled", "excluded")
PLACES_SCHEMA: Schema = {
    **dict.fromkeys(["dataset", "split", "name", "title", "target", "protocol"], pl.String),
    "share": pl.Float64,
    "splits": pl.List(pl.String),
    "generated": pl.Boolean,
    "order": pl.Int64,
    **{f"rows_{part}": pl.Int64 for part in (*PARTS, *KEPT_APART)},
    **{f"labels_{part}": pl.Int64 for part in PARTS},
}
SYSTEMS_SCHEMA: Schema = {
    **dict.fromkeys(["variant", "title", "short", "role", "colour", "control"], pl.String),
    "citation": pl.List(pl.String),
    "order": pl.Int64,
    "settings": pl.String,
}
METRICS_SCHEMA: Schema = {
    **dict.fromkeys(["metric", "label", "unit", "better"], pl.String),
    "digits": pl.Int64,
    "percent": pl.Boolean,
    **dict.fromkeys(["items", "over_items"], pl.String),
}
SOURCES_SCHEMA: Schema = {
    **dict.fromkeys(["dataset", "title"], pl.String),
    "citation": pl.List(pl.String),
    "licence": pl.String,
    "generated": pl.Boolean,
    "lends": pl.Boolean,
}
LOANS_SCHEMA: Schema = {
    **dict.fromkeys(["loan", "title", "short"], pl.String),
    "lenders": pl.List(pl.Struct(dict.fromkeys(["dataset", "split", "variant"], pl.String))),
    "panel": pl.List(pl.String),
    "order": pl.Int64,
}
PUBLISHED_SCHEMA: Schema = {
    **dict.fromkeys(["id", "citation", "study", "system", "variant", "dataset", "protocol"], pl.String),
    "share": pl.Float64,
    "labels": pl.Int64,
    **dict.fromkeys(["target", "metric"], pl.String),
    "value": pl.Float64,
    "digits": pl.Int64,
    "spread": pl.Float64,
    **dict.fromkeys(["unit", "source", "mark"], pl.String),
}


def places(planned: Iterable[Mapping], root: Path = Path()) -> pl.DataFrame:
    """One row for each place: what the plan says of it, and the rows and labels of each part of its first draw.

    Args:
        planned: places as `Plan.layout_json` has them, with the columns of `labels`.
        root: the project's folder, where `data/prepared` and `data/splits` are.

    `labels_*` counts what was measured in the label columns, over all of them; null where the data set names none
    (a reaction is its own label).
    """
    rows = []
    for order, place in enumerate(planned):
        dataset, labels = place["dataset"], place["labels"]
        parts = read_table(root / f"data/splits/{dataset}/{place['splits'][0]}.parquet")
        counted = dict(parts.group_by("part").len().iter_rows())
        row = {key: value for key, value in place.items() if key != "labels"} | {"order": order}
        row |= {f"rows_{part}": counted.get(part, 0) for part in (*PARTS, *KEPT_APART)}
        if labels:
            table = read_table(root / f"data/prepared/{dataset}.parquet", columns=["id", *labels])
            measured = (
                table.join(parts, on="id")
                .group_by("part")
                .agg(pl.sum_horizontal(pl.col(name).count() for name in labels).alias("n"))
            )
            n = dict(measured.select("part", "n").iter_rows())
            row |= {f"labels_{part}": n.get(part, 0) for part in PARTS}
        rows.append(row)
    return pl.DataFrame(rows, schema=PLACES_SCHEMA)


def systems(planned: Iterable[Mapping], palette: Mapping[str, str]) -> pl.DataFrame:
    """One row for each variant, in the order of the YAML; colours as #rrggbb, settings as JSON."""
    rows = [
        dict(system)
        | {
            "colour": palette.get(system["colour"], system["colour"]),
            "citation": _listed(system["citation"]),
            "order": order,
            "settings": json.dumps(system["settings"], sort_keys=True),
        }
        for order, system in enumerate(planned)
    ]
    return pl.DataFrame(rows, schema=SYSTEMS_SCHEMA)


def metrics(planned: Iterable[Mapping]) -> pl.DataFrame:
    """One row for each metric, in the order of the YAML."""
    return pl.DataFrame([{"percent": False, **metric} for metric in planned], schema=METRICS_SCHEMA)


def sources(planned: Iterable[Mapping]) -> pl.DataFrame:
    """One row for each data set that the study used, those that only lend a view last."""
    rows = [dict(source) | {"citation": _listed(source["citation"])} for source in planned]
    return pl.DataFrame(rows, schema=SOURCES_SCHEMA)


def loans(planned: Iterable[Mapping]) -> pl.DataFrame:
    """One row for each loan, in the order of the YAML: who lends, and the places that the synthesis shows."""
    rows = [{**loan, "order": order} for order, loan in enumerate(planned)]
    return pl.DataFrame(rows, schema=LOANS_SCHEMA)


def published(values: Iterable[Mapping]) -> pl.DataFrame:
    """One row for each quoted value and each data set of ours that it speaks of."""
    return pl.DataFrame(list(values), schema=PUBLISHED_SCHEMA)


def _listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])
