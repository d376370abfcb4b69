"""The columns of the study's own tables: what `score.details` and `illustrations.illustrate` make."""

import polars as pl

Columns = dict[str, pl.DataType | type[pl.DataType]]

_PLACE: Columns = {"dataset": pl.String, "split": pl.String}

DETAILS: dict[str, Columns] = {
    # Test records of seed 0, in the unit of the property.
    "parity": _PLACE
    | {
        "variant": pl.String,
        "id": pl.String,
        "value": pl.Float64,
        "prediction": pl.Float64,
        "sigma": pl.Float64,
    },
    # The share of test records inside the central interval of a probability.
    "calibration": _PLACE
    | {"variant": pl.String, "seed": pl.Int64, "expected": pl.Float64, "observed": pl.Float64},
    # How alike two models, or two differences of models, see the test records.
    "embedding_similarity": _PLACE
    | {
        "first": pl.String,
        "second": pl.String,
        "measure": pl.String,
        "seed": pl.Int64,
        "value": pl.Float64,
    },
}

ILLUSTRATIONS: dict[str, Columns] = {
    # Embeddings of test records in the plane, with the property's value.
    "embedding_map": _PLACE
    | {"panel": pl.String, "id": pl.String, "x": pl.Float64, "y": pl.Float64, "value": pl.Float64},
}
