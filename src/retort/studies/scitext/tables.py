"""The columns of the study's own tables: what `details.details` and `illustrations.illustrate` make."""

import polars as pl

Columns = dict[str, pl.DataType | type[pl.DataType]]

# `split` is the family of the splits of a place: all its draws are taken together.
_PLACE: Columns = {"dataset": pl.String, "split": pl.String, "variant": pl.String}
# A value with its 95 % interval, as claims and numbers look it up; n counts replicates.
_LEVEL: Columns = {
    **dict.fromkeys(("value", "low", "high", "se", "df"), pl.Float64),
    "n": pl.Int64,
}

DETAILS: dict[str, Columns] = {
    # F1 of the same predictions of test by every reading, a fraction; `reading` is the metric's name and `difference`
    # what it adds to the primary one, `f1`, of which the latter is null.
    "readings": _PLACE
    | {"target": pl.String, "reading": pl.String}
    | _LEVEL
    | dict.fromkeys(("difference", "difference_low", "difference_high"), pl.Float64),
    # F1 of one type of entities, relations or pairs on test, by the primary reading; `gold` counts its things there.
    "by_type": _PLACE | {"target": pl.String, "type": pl.String, "gold": pl.Int64} | _LEVEL,
    # Recall of entities of test of which all words (`seen`) or not all are in the training documents, in lower case;
    # `gold` is how many such entities there are, the mean over draws.
    "unseen": _PLACE | {"seen": pl.Boolean, "gold": pl.Float64} | _LEVEL,
    # What a data set has, by part (train, valid, test, or all of them) of its largest split; `value` is n.
    "counts": {
        "dataset": pl.String,
        "part": pl.String,
        "quantity": pl.String,
        "n": pl.Int64,
        "value": pl.Float64,
    },
}

ILLUSTRATIONS: dict[str, Columns] = {
    # One test document as the first seed of some systems reads it, and as it is annotated (variant `gold`): its
    # entities in reading order, with whether span and type are right.
    "example": {
        **dict.fromkeys(("dataset", "split", "variant", "id"), pl.String),
        **dict.fromkeys(("start", "end"), pl.Int64),
        **dict.fromkeys(("words", "type"), pl.String),
        "right": pl.Boolean,
    },
}
