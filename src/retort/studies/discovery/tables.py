"""The columns of the study's own tables: what `details.details` and `illustrations.illustrate` make."""

import polars as pl

Columns = dict[str, pl.DataType | type[pl.DataType]]

# `split` is the family of the splits of a place: all its draws are taken together.
_PLACE: Columns = {"dataset": pl.String, "split": pl.String}
# A value with its 95 % interval, as claims and numbers look it up.
_LEVEL: Columns = {
    **dict.fromkeys(("value", "low", "high", "se", "df"), pl.Float64),
    "n": pl.Int64,
}

DETAILS: dict[str, Columns] = {
    # Hosts in the list of one query, of so many formulas; mean over seeds.
    "recall_queries": _PLACE
    | {
        "variant": pl.String,
        "pool": pl.String,
        "query": pl.String,
        "hits": pl.Float64,
        "length": pl.Int64,
    },
    # What is measured (zt) or computed (power_factor) of the formulas of a query's list, and of the whole pool (variant
    # `whole`): quartiles of n of them. `value` is the chance that one of the list exceeds one of the list of `against`,
    # less a half, with its interval; p of the rank-sum test, by Holm over the systems.
    "recall_quality": _PLACE
    | {
        **dict.fromkeys(("variant", "pool", "query", "quantity"), pl.String),
        **dict.fromkeys(("q1", "median", "q3"), pl.Float64),
        "against": pl.String,
        **dict.fromkeys(("p", "p_holm"), pl.Float64),
    }
    | _LEVEL,
    # The share of a formula's nearest neighbours that are of its own group (anion, prototype), mean over n formulas
    # that have a text; `chance` is that of neighbours drawn at random. With `against`, the difference to that system.
    "purity": _PLACE
    | {"variant": pl.String, "against": pl.String, "group": pl.String, "chance": pl.Float64}
    | _LEVEL,
    # The share of a formula's nearest neighbours that two systems have in common.
    "overlap": _PLACE | {"first": pl.String, "second": pl.String, "chance": pl.Float64} | _LEVEL,
    # What the data sets have in common: rows, and rows of which something is known.
    "joins": {"dataset": pl.String, "quantity": pl.String, "n": pl.Int64},
}

ILLUSTRATIONS: dict[str, Columns] = {
    # Formulas in the plane as a system sees them (t-SNE), with the group that each is of.
    "map": _PLACE
    | {
        **dict.fromkeys(("variant", "id", "formula", "anion", "prototype"), pl.String),
        "host": pl.Boolean,
        "x": pl.Float64,
        "y": pl.Float64,
    },
}
