"""The columns of the study's own tables: what `score.details` and `illustrations.illustrate` make."""

import polars as pl

Columns = dict[str, pl.DataType | type[pl.DataType]]

_PLACE: Columns = {"dataset": pl.String, "split": pl.String}
_RUN: Columns = _PLACE | {"variant": pl.String, "seed": pl.Int64}
_INTERVAL: Columns = {"difference": pl.Float64, "low": pl.Float64, "high": pl.Float64}

DETAILS: dict[str, Columns] = {
    # One run, one label of test.
    "labels": _RUN
    | {
        "label": pl.String,
        "metric": pl.String,
        "value": pl.Float64,
        "positives": pl.Int64,
        "rows": pl.Int64,
    },
    # Two variants at one place: the interval is over test molecules, seeds averaged.
    "paired": _PLACE
    | {"variant": pl.String, "reference": pl.String, "metric": pl.String}
    | _INTERVAL
    | {"n_items": pl.Int64, "n_seeds": pl.Int64, "resamples": pl.Int64, "lost": pl.Int64},
    # On how many data sets of the strict protocol one variant is better or worse than another.
    "verdicts": {
        "variant": pl.String,
        "reference": pl.String,
        "sets": pl.Int64,
        "better": pl.Int64,
        "worse": pl.Int64,
    },
    # A variant under one protocol: over `n` draws and seeds the trimean, the least and the most.
    "protocols": {
        "dataset": pl.String,
        "protocol": pl.String,
        "variant": pl.String,
        "metric": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "n": pl.Int64,
    },
    # Two variants with the same few labels, `share` in percent, averaged over their draws.
    "scarce": {
        "dataset": pl.String,
        "share": pl.Int64,
        "variant": pl.String,
        "reference": pl.String,
        "metric": pl.String,
    }
    | _INTERVAL
    | {"draws": pl.Int64},
    # What train and test share at one place; shares are of the test molecules, positives those of each part.
    "audit": _PLACE
    | {
        "rows": pl.Int64,
        "train": pl.Int64,
        "valid": pl.Int64,
        "test": pl.Int64,
        "unlabelled": pl.Int64,
        "excluded": pl.Int64,
        "test_acyclic": pl.Float64,
        "test_scaffold_in_train": pl.Float64,
        "test_structures_in_train": pl.Int64,
        "repeated": pl.Int64,
        "contradictory": pl.Int64,
        "positives_train": pl.Float64,
        "positives_valid": pl.Float64,
        "positives_test": pl.Float64,
    },
}

ILLUSTRATIONS: dict[str, Columns] = {
    # Frozen vectors of test molecules in the plane; `method` is t-SNE or PCA, `value` that of the label.
    "embeddings": _RUN
    | {
        "method": pl.String,
        "id": pl.String,
        "x": pl.Float64,
        "y": pl.Float64,
        "scaffold": pl.Int64,
        "label": pl.String,
        "value": pl.Float64,
    },
    # Crops of one molecule: `role` is global or local, `atoms` are numbered in the order of reading `smiles`.
    "crops": {
        "kind": pl.String,
        "role": pl.String,
        "number": pl.Int64,
        "smiles": pl.String,
        "atoms": pl.List(pl.Int64),
        "text": pl.String,
    },
    # The weight that token `source` gives token `target`; those of one source sum to 1.
    "attention": {
        "layer": pl.Int64,
        "head": pl.Int64,
        "source": pl.Int64,
        "target": pl.Int64,
        "token_source": pl.String,
        "token_target": pl.String,
        "value": pl.Float64,
    },
}
