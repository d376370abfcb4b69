"""Tables over many places: who wins how often, what a protocol is worth, and what helps where labels are few."""

import re
from collections.abc import Mapping

import polars as pl

from retort.statistics.robust import trimean
from retort.studies.molecules.compare import difference
from retort.studies.molecules.data import CLASSIFICATION

STRICT = "strict"
VERDICTS_SCHEMA = {
    "variant": pl.String,
    "reference": pl.String,
    **dict.fromkeys(["sets", "better", "worse"], pl.Int64),
}
# Pairs (system, reference) that are compared with the same few labels.
FEW = (
    ("dino-tuned", "gin"),
    ("dino-frozen", "gin-frozen"),
    ("dino-frozen", "forest"),
)
SHARE = r"-(\d+)-\d+$"  # of a split's name: the share of the labels in percent, and the number of its draw
PROTOCOLS_SCHEMA = {
    **dict.fromkeys(["dataset", "protocol", "variant", "metric"], pl.String),
    **dict.fromkeys(["value", "low", "high"], pl.Float64),
    "n": pl.Int64,
}
SCARCE_SCHEMA = {
    "dataset": pl.String,
    "share": pl.Int64,
    "variant": pl.String,
    "reference": pl.String,
    "metric": pl.String,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "draws": pl.Int64,
}


def verdicts(paired: pl.DataFrame) -> pl.DataFrame:
    """How many data sets of the strict protocol a system wins and loses against a reference.

    Args:
        paired: `dataset, split, variant, reference, metric, low, high`; an interval without zero is a win or a loss.

    Returns:
        `variant, reference, sets, better, worse`, by the metric of the first head (`roc_auc` or `rmse`).
    """
    main = paired.filter(pl.col("split") == STRICT, pl.col("metric").is_in(["roc_auc", "rmse"]))
    above, below = pl.col("low") > 0, pl.col("high") < 0
    error = pl.col("metric") == "rmse"  # less is better
    return (
        main.group_by("variant", "reference")
        .agg(
            sets=pl.len(),
            better=pl.when(error).then(below).otherwise(above).sum(),
            worse=pl.when(error).then(above).otherwise(below).sum(),
        )
        .sort("variant", "reference")
        .cast(VERDICTS_SCHEMA)
    )


def protocols(labels: pl.DataFrame) -> pl.DataFrame:
    """Each system's score under each protocol, `PROTOCOLS_SCHEMA`.

    Args:
        labels: `dataset, split, variant, seed, label, metric, value`. Splits `random-0`, `random-1` are draws of one
            protocol, `random`; shares of the labels are no protocols and are left out.

    `value` is the trimean over the `n` draws and seeds of the mean over labels; `low` and `high` are the least and the
    most of them.
    """
    runs = (
        labels.filter(~pl.col("split").str.contains(SHARE))
        .with_columns(protocol=pl.col("split").str.replace(r"-\d+$", ""))
        .group_by("dataset", "protocol", "split", "variant", "seed", "metric")
        .agg(pl.col("value").mean())
    )
    keys = ["dataset", "protocol", "variant", "metric"]
    cells = runs.sort(*keys, "split", "seed").group_by(keys, maintain_order=True)
    rows = []
    for key, cell in cells:
        values = cell["value"].to_numpy()
        rows.append((*key, float(trimean(values)), values.min(), values.max(), len(values)))
    return pl.DataFrame(rows, schema=PROTOCOLS_SCHEMA, orient="row")


def scarce(told: Mapping[tuple[str, str], Mapping], kinds: Mapping[str, str]) -> pl.DataFrame:
    """Differences between systems that have the same few labels, averaged over the draws of these labels.

    Args:
        told: by (dataset, split) what each (variant, seed, suffix of the head) said of the test part, which is the same
            for all draws.
        kinds: `classification` or `regression` of each data set.

    Returns:
        `SCARCE_SCHEMA`: `share` in percent, an interval over resampled test molecules.
    """
    draws: dict[tuple[str, int], list[Mapping]] = {}
    for (dataset, split), here in sorted(told.items()):
        found = re.search(SHARE, split)
        if found:
            draws.setdefault((dataset, int(found[1])), []).append(here)
    rows = []
    for (dataset, share), places in draws.items():
        for variant, reference in FEW:
            both = [
                [
                    here[name, 0, ""]
                    for here in places
                    if {(variant, 0, ""), (reference, 0, "")} <= here.keys()
                ]
                for name in (variant, reference)
            ]
            found = difference(*both, kinds[dataset]) if both[0] else None
            if found is not None:
                metric = "roc_auc" if kinds[dataset] == CLASSIFICATION else "rmse"
                point = (found.difference, found.low, found.high, len(both[0]))
                rows.append((dataset, share, variant, reference, metric, *point))
    return pl.DataFrame(rows, schema=SCARCE_SCHEMA, orient="row")
