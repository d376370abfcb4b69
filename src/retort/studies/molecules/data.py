"""The study's arrays: which molecules train, as which text, with which labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from retort.datasets.molecule_table import label_columns
from retort.datasets.prepared import Schema
from retort.sealed import read_table

PARTS = ("train", "valid", "test")
PREDICTED = ("valid", "test")
TEXTS = ("standard", "canonical", "smiles")
CLASSIFICATION, REGRESSION = "classification", "regression"
PREDICTIONS_SCHEMA: Schema = {
    "id": pl.String,
    "part": pl.String,
    "label": pl.String,
    "head": pl.String,
    "value": pl.Float64,
    "embedding": pl.List(pl.Float32),
}
NOTHING = pl.DataFrame(schema=PREDICTIONS_SCHEMA)  # what a pre-training run predicts


@dataclass(frozen=True)
class Records:
    """The molecules of train, valid and test in the order of the prepared table; no others reach a model.

    Attributes:
        table: `id, part` and the molecule as `standard`, `canonical` and `smiles`.
        labels: (N, T) float64; NaN where nothing was measured; 0 and 1 in a classification.
        names: the T labels.
        kind: `classification` or `regression`.
        text: which of the three texts models of strings and fingerprints read.
    """

    table: pl.DataFrame
    labels: np.ndarray
    names: tuple[str, ...]
    kind: str
    text: str = "standard"

    def __len__(self) -> int:
        return len(self.table)

    @property
    def ids(self) -> list[str]:
        return self.table["id"].to_list()

    @property
    def texts(self) -> list[str]:
        return self.table[self.text].to_list()

    def rows_of(self, part: str) -> np.ndarray:
        """Ascending row numbers of the molecules of a part."""
        return np.flatnonzero((self.table["part"] == part).to_numpy())

    @property
    def predicted(self) -> np.ndarray:
        """The rows that every method predicts: those of valid, then those of test."""
        return np.concatenate([self.rows_of(part) for part in PREDICTED])

    def scaling(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation (T,) of the training labels; 0 and 1 in a classification, or where unknown."""
        center, scale = np.zeros(len(self.names)), np.ones(len(self.names))
        if self.kind == REGRESSION:
            train = self.labels[self.rows_of("train")]
            for label, values in enumerate(train.T):
                known = values[np.isfinite(values)]
                if len(known):
                    center[label] = known.mean()
                if len(known) and known.std() > 1e-12 * max(1.0, np.abs(known).max()):
                    scale[label] = known.std()
        return center, scale


def read(prepared: Path, split: Path, text: str) -> Records:
    """Read a labelled data set and its split; molecules that are in no part, or withheld, stay out.

    Raises:
        ValueError: no label column, labels of both kinds, an unknown text, or no training molecule.
    """
    if text not in TEXTS:
        raise ValueError(
            f"text {text!r}, expected one of {', '.join(TEXTS)}. Hint: see settings.schema.yaml."
        )
    rows = read_table(prepared)
    names = tuple(label_columns(rows))
    kind = kind_of(rows, names, prepared)
    kept = rows.join(read_table(split).select("id", "part"), on="id", maintain_order="left").filter(
        pl.col("part").is_in(PARTS)
    )
    if not (kept["part"] == "train").any():
        raise ValueError(
            f"{split}: no molecule of {prepared} is in train. Hint: is it another data set's split?"
        )
    return Records(kept.select("id", "part", *TEXTS), measured(kept, names), names, kind, text)


def kind_of(rows: pl.DataFrame, names: Sequence[str], file: Path | str) -> str:
    """Whether the labels of a prepared table are classes or numbers.

    Raises:
        ValueError: there are none, or both kinds.
    """
    kinds = {CLASSIFICATION if rows[name].dtype == pl.Boolean else REGRESSION for name in names}
    if len(kinds) != 1:
        raise ValueError(
            f"{file} has the labels {', '.join(names) or '(none)'} of {len(kinds)} kinds, expected one kind. "
            "Hint: make classes and numbers two data sets, each with its own YAML file."
        )
    return kinds.pop()


def measured(rows: pl.DataFrame, names: Sequence[str]) -> np.ndarray:
    """(N, T) float64 of the label columns, NaN where nothing was measured."""
    columns = rows.select(pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in names)
    return np.ascontiguousarray(columns.to_numpy()).reshape(len(rows), len(names))


def predictions(
    records: Records,
    values: np.ndarray,
    head: str = "",
    embeddings: np.ndarray | None = None,
) -> pl.DataFrame:
    """A table of `PREDICTIONS_SCHEMA` for the M rows `records.predicted`.

    Args:
        values: (M, T); a probability or score, or a value in the label's unit.
        embeddings: (M, W); kept on the test rows of the first label.

    Raises:
        ValueError: a value is not finite.
    """
    values, rows = np.asarray(values, np.float64), records.predicted
    if values.shape != (len(rows), len(records.names)) or not np.isfinite(values).all():
        raise ValueError(
            f"predictions of shape {values.shape} with {int((~np.isfinite(values)).sum())} that are not finite, "
            f"expected {(len(rows), len(records.names))} numbers. "
            "Hint: a method that learned nothing predicts a constant."
        )
    molecules = records.table[rows].select("id", "part")
    tables = []
    for label, name in enumerate(records.names):
        table = molecules.with_columns(
            label=pl.lit(name), head=pl.lit(head), value=pl.Series(values[:, label], dtype=pl.Float64)
        )
        if embeddings is not None and label == 0:
            vectors = pl.Series(np.asarray(embeddings, np.float32)).arr.to_list()
            table = table.with_columns(
                embedding=pl.when(pl.col("part") == "test").then(vectors).otherwise(None)
            )
        else:
            table = table.with_columns(embedding=pl.lit(None, dtype=pl.List(pl.Float32)))
        tables.append(table.select(list(PREDICTIONS_SCHEMA)).cast(pl.Schema(PREDICTIONS_SCHEMA)))
    return pl.concat(tables)


def by_size(texts: Sequence[str], rows: np.ndarray, at_once: int) -> Iterator[np.ndarray]:
    """Positions in `rows`, in batches of molecules of about equal size: padding and memory stay small."""
    order = np.argsort([len(texts[row]) for row in rows], kind="stable")
    for start in range(0, len(order), at_once):
        yield order[start : start + at_once]
