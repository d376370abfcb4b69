"""Small tables of scores and items, as a study's results have them."""

import numpy as np
import polars as pl

from retort.statistics.cells import Cells, gather

KEY = {"study": "s", "dataset": "d", "split": "p", "part": "test", "metric": "mae", "unit": "target"}
METRICS = pl.DataFrame(
    [
        ("mae", "lower", "error", "mean"),
        ("rmse", "lower", "error", "root_mean_square"),
        ("trimean", "lower", "error", "trimean"),
        ("success", "higher", "solved", None),
        ("accuracy", "higher", None, None),
        ("score", "higher", None, None),
        ("count", "neither", None, None),
    ],
    schema=dict.fromkeys(["metric", "better", "items", "over_items"], pl.String),
    orient="row",
)
STATISTICS = {
    "mae": np.mean,
    "rmse": lambda x: np.sqrt(np.mean(x**2)),
    "trimean": lambda x: np.quantile(x, [0.25, 0.5, 0.5, 0.75]).mean(),
    "success": np.mean,
}
QUANTITY = {"mae": "error", "rmse": "error", "trimean": "error", "success": "solved"}
NO_ITEMS = pl.DataFrame()


def scores(runs, **key):
    """Scores from `{variant: {seed or (split, seed): value}}`."""
    rows = []
    for variant, values in runs.items():
        for run, value in values.items():
            split, seed = run if isinstance(run, tuple) else (None, run)
            row = KEY | {"variant": variant, "seed": seed, "value": float(value)} | key
            rows.append(row | ({"split": split} if split else {}))
    return pl.DataFrame(rows)


def answered(answers, metrics=("mae",), **key):
    """Scores and items from `{variant: {seed or (split, seed): values (N,) or {id: value}}}`."""
    tables, rows = [], []
    for metric in metrics:
        runs = {
            variant: {run: STATISTICS[metric](_values(values)) for run, values in of.items()}
            for variant, of in answers.items()
        }
        unit = "fraction" if metric == "success" else "target"
        tables.append(scores(runs, metric=metric, unit=unit, **key))
    for quantity in {QUANTITY[metric] for metric in metrics}:
        for variant, of in answers.items():
            for run, values in of.items():
                split, seed = run if isinstance(run, tuple) else (key.get("split", KEY["split"]), run)
                names = values if isinstance(values, dict) else [f"i{i:04d}" for i in range(len(values))]
                rows += [
                    {k: v for k, v in (KEY | key).items() if k != "unit"}
                    | {"split": split, "variant": variant, "seed": seed, "metric": quantity}
                    | {"id": name, "value": float(value)}
                    for name, value in zip(names, _values(values), strict=True)
                ]
    items = pl.DataFrame(rows).with_columns(pl.col("value").cast(pl.Float32))
    return pl.concat(tables), items


def _values(values):
    return np.array(list(values.values()) if isinstance(values, dict) else values, float)


def cells(table, items=NO_ITEMS, family=None) -> Cells:
    return gather(table, items, METRICS, family or {})


def only(table, **row):
    (found,) = table.filter(**row).to_dicts()
    return found
