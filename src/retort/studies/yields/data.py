"""The study's arrays: which reactions train, with which yields, and what is kept of a prediction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from retort.datasets.parts import PARTS, UNLABELLED
from retort.datasets.prepared import Schema
from retort.sealed import read_table

PREDICTED = ("valid", "test")
SUCCESS = 20.0  # a yield above it, in percent, is a reaction that works
# Means and standard deviations in percent; null where a system has none. `chosen` is the mean at the evaluation that is
# best on valid, `peeked` at the one that is best on test: never used for a choice, only to price the habit.
PREDICTIONS_SCHEMA: Schema = {
    "id": pl.String,
    "part": pl.String,
    "mean": pl.Float64,
    "aleatoric": pl.Float64,
    "epistemic": pl.Float64,
    "chosen": pl.Float64,
    "peeked": pl.Float64,
}
NOTHING = pl.DataFrame(schema=PREDICTIONS_SCHEMA)  # what a pre-training run predicts
TRAIN_PER_CALIBRATION = 9  # whoever has nine labels to learn from has one to calibrate with


@dataclass(frozen=True)
class Records:
    """The reactions of train, unlabelled, valid and test in the order of the prepared table; no others reach a model.

    Attributes:
        table: `part` and all columns of the prepared table but `yield`.
        yields: (N,) float64, percent as measured, never clipped; NaN for unlabelled reactions.
        places: (N,) int64, the row of each in the prepared table, which is its row in every view.
    """

    table: pl.DataFrame
    yields: np.ndarray
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.table)

    @property
    def ids(self) -> list[str]:
        return self.table["id"].to_list()

    def rows_of(self, *parts: str) -> np.ndarray:
        """Ascending row numbers of the reactions of these parts."""
        return np.flatnonzero(self.table["part"].is_in(parts).to_numpy())

    @property
    def predicted(self) -> np.ndarray:
        """(M,) the rows that every method predicts: those of valid, then those of test."""
        return np.concatenate([self.rows_of(part) for part in PREDICTED])

    @property
    def calibration(self) -> np.ndarray:
        """Ascending rows of valid that intervals may be adjusted with, see `calibrating`."""
        valid = self.rows_of("valid")
        return valid[calibrating(self.table["id"].gather(valid), len(self.rows_of("train")))]

    def scaling(self) -> tuple[float, float]:
        """Mean and standard deviation of the training yields; the latter is 1 where they are all the same."""
        train = self.yields[self.rows_of("train")]
        spread = float(train.std())
        return float(train.mean()), spread if spread > 1e-9 else 1.0


@dataclass(frozen=True)
class Predicted:
    """What a system says of the M rows `Records.predicted`, in percent.

    Attributes:
        mean: (M,).
        aleatoric, epistemic: (M,) standard deviations: of the yields for this reaction, and of the model's own doubt.
        chosen, peeked: (M,) means at the evaluations that are best on valid and on test.
    """

    mean: np.ndarray
    aleatoric: np.ndarray | None = None
    epistemic: np.ndarray | None = None
    chosen: np.ndarray | None = None
    peeked: np.ndarray | None = None


def calibrating(valid: Sequence[str] | pl.Series, train_rows: int) -> np.ndarray:
    """Ascending places, among the ids of valid, of those that intervals may be adjusted with.

    They are at most a ninth as many as train has, drawn by a hash of the id: all systems have the same ones, and who
    has few labels to learn from has few to calibrate with.
    """
    drawn = [hashlib.sha256(f"calibration:{name}".encode()).hexdigest() for name in valid]
    return np.sort(np.argsort(drawn, kind="stable")[: train_rows // TRAIN_PER_CALIBRATION])


def read(prepared: Path, split: Path) -> Records:
    """Read a data set of yields and its split; reactions in no part, or excluded, stay out.

    Raises:
        ValueError: no training reaction, or one without a finite yield in a part that has labels.
    """
    kept = (
        read_table(prepared)
        .with_row_index("place")
        .join(read_table(split).select("id", "part"), on="id", maintain_order="left")
        .filter(pl.col("part").is_in([*PARTS, UNLABELLED]))
    )
    if not (kept["part"] == "train").any():
        raise ValueError(
            f"{split}: no reaction of {prepared} is in train. Hint: is it another data set's split?"
        )
    yields = kept["yield"].cast(pl.Float64).to_numpy().copy()
    hidden = (kept["part"] == UNLABELLED).to_numpy()
    yields[hidden] = np.nan  # so that nothing can learn from them unnoticed
    missing = np.flatnonzero(~hidden & ~np.isfinite(yields))
    if len(missing):
        raise ValueError(
            f"{prepared}: {kept['id'][int(missing[0])]} has the yield {yields[missing[0]]}, expected a number. "
            "Hint: the reader should have rejected it."
        )
    return Records(kept.drop("yield", "place"), yields, kept["place"].cast(pl.Int64).to_numpy())


def predictions(records: Records, predicted: Predicted) -> pl.DataFrame:
    """A table of `PREDICTIONS_SCHEMA` for the M rows `records.predicted`.

    Raises:
        ValueError: a column of another length, or one that is not finite, or a negative standard deviation.
    """
    rows = records.predicted
    columns = {}
    for name in list(PREDICTIONS_SCHEMA)[2:]:
        values = getattr(predicted, name)
        if values is not None:
            values = np.asarray(values, np.float64)
            negative = name in ("aleatoric", "epistemic") and bool((values < 0).any())
            if values.shape != (len(rows),) or not np.isfinite(values).all() or negative:
                raise ValueError(
                    f"{name}: {values.shape} with {int((~np.isfinite(values)).sum())} not finite"
                    f"{', some negative' if negative else ''}, expected ({len(rows)},) numbers. "
                    "Hint: a method that learned nothing predicts the mean of train."
                )
        columns[name] = pl.lit(None) if values is None else pl.Series(values)
    table = records.table[rows].select("id", "part").with_columns(**columns)
    return table.cast(pl.Schema(PREDICTIONS_SCHEMA))
