"""The columns of the study's own tables: what `score.details` and `illustrations.illustrate` make."""

import polars as pl

Columns = dict[str, pl.DataType | type[pl.DataType]]

_PLACE: Columns = {"dataset": pl.String, "split": pl.String}
_RUN: Columns = _PLACE | {"variant": pl.String, "seed": pl.Int64}

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
    # How well one number of the molecule ranks a label in each part: `reads` is counts, which grow with the molecule,
    # or shares, which do not. Below a half it ranks the other way about.
    "shift": _PLACE
    | {
        "label": pl.String,
        "quantity": pl.String,
        "reads": pl.String,
        "train": pl.Float64,
        "valid": pl.Float64,
        "test": pl.Float64,
    },
    # What a linear model on such numbers ranks after `labels` drawn labels, over `draws` draws: mean and standard
    # deviation of the ROC-AUC on test, the share of draws below a half, and the mean on train, the drawn ones included.
    "luck": _PLACE
    | {
        "label": pl.String,
        "reads": pl.String,
        "labels": pl.Int64,
        "draws": pl.Int64,
        "mean": pl.Float64,
        "sd": pl.Float64,
        "below": pl.Float64,
        "train": pl.Float64,
    },
}

ILLUSTRATIONS: dict[str, Columns] = {
    # Crops of one molecule: `role` is global or local, `atoms` are numbered in the order of reading `smiles`.
    "crops": {
        "kind": pl.String,
        "role": pl.String,
        "number": pl.Int64,
        "smiles": pl.String,
        "atoms": pl.List(pl.Int64),
        "text": pl.String,
    },
}
