"""The columns of the study's own tables: what `score.details` and `illustrations.illustrate` make."""

import polars as pl

Columns = dict[str, pl.DataType | type[pl.DataType]]

_PLACE: Columns = {"dataset": pl.String, "split": pl.String}
_LEVEL: Columns = dict.fromkeys(("value", "low", "high", "se", "df"), pl.Float64)

DETAILS: dict[str, Columns] = {
    # Test targets: the cosine with the nearest known target, learned and by composition.
    "targets": _PLACE
    | {
        "target_key": pl.String,
        "elements": pl.List(pl.String),
        "part": pl.String,
        "similarity_learned": pl.Float64,
        "similarity_raw": pl.Float64,
        "family": pl.String,
    },
    # Test targets with an element, and how many of them are solved within five attempts, averaged over seeds.
    "elements": _PLACE | {"element": pl.String, "variant": pl.String, "n": pl.Int64, "hits": pl.Float64},
    # How often other papers name a paper's set within k attempts: over n targets with several papers; the ceiling.
    "agreement": _PLACE
    | {"part": pl.String, "guess": pl.String, "k": pl.Int64, "n": pl.Int64, "papers": pl.Int64}
    | _LEVEL,
    # Where the validation loss of a training is lowest and what it does then, over n replicates of each place.
    "shape": _PLACE
    | {"variant": pl.String, "term": pl.String, "quantity": pl.String, "n": pl.Int64}
    | _LEVEL,
}

ILLUSTRATIONS: dict[str, Columns] = {
    # Test targets in the plane; `agreement` of a space is how often a target's near ones are of its family.
    "map": _PLACE
    | {
        "target_key": pl.String,
        "family": pl.String,
        "space": pl.String,
        "x": pl.Float32,
        "y": pl.Float32,
        "agreement": pl.Float64,
    },
}
