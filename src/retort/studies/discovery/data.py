"""The study's tables: which materials train, what is known of each, and what is kept of a prediction."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from retort.datasets.parts import PARTS, UNLABELLED
from retort.datasets.prepared import Schema
from retort.sealed import read_table

# The properties that one network learns at once, in the order of its outputs: computed ones, or of thermoelectrics.
PROPERTIES = ("energy", "gap", "bulk", "shear", "debye", "expansion")
MEASURED = ("zt", "seebeck", "conductivity", "thermal", "power")
UNITS = {
    "energy": "eV/atom",
    "gap": "eV",
    "bulk": "log10 GPa",
    "shear": "log10 GPa",
    "debye": "log10 K",
    "expansion": "log10 1/K",
    "zt": "1",
    "seebeck": "µV/K",
    "conductivity": "log10 S/m",
    "thermal": "log10 W/(m K)",
    "power": "log10 W/(m K²)",
}
# Generated crystals, told by the column `structure_type`, bear the same names for what can be computed of them.
GENERATED = "structure_type"
GENERATED_UNITS = {
    "energy": "eV/atom",
    "gap": "V",
    **dict.fromkeys(("bulk", "shear", "debye"), "standard deviations"),
    "expansion": "log10 Å³",
}
GAP = "gap"
NOT_NEGATIVE = (GAP, "zt")
PREDICTED = ("valid", "test")
# What a row may be looked at for without its label: to fit words, scales and projections.
KNOWN = ("train", UNLABELLED)
# One schema for all methods, null where a column does not apply. A property's `value` and `prediction` are in its unit;
# of a polymorph they are its energy and what it is ordered by, in the `pool` of pairs. Of a recalled formula `property`
# is the query, `pool` what was searched, `rank` 1 for the nearest and `prediction` its distance. `vector` is what an
# encoder makes of a text.
PREDICTIONS_SCHEMA: Schema = {
    "id": pl.String,
    "part": pl.String,
    "property": pl.String,
    "pool": pl.String,
    "value": pl.Float64,
    "prediction": pl.Float64,
    "rank": pl.Int64,
    "vector": pl.List(pl.Float32),
}


@dataclass(frozen=True)
class Materials:
    """The rows of a data set that are in a part, in the order of its prepared table.

    Attributes:
        table: `part` and all columns of the prepared table.
        places: (N,) the row of each in the prepared table.
        target: the column that is predicted; None where all are, or none is.
    """

    table: pl.DataFrame
    places: np.ndarray
    target: str | None

    def __len__(self) -> int:
        return len(self.table)

    @property
    def ids(self) -> list[str]:
        return self.table["id"].to_list()

    @property
    def properties(self) -> tuple[str, ...]:
        """What one network learns at once here: all that the table has of one of the two lists.

        Raises:
            ValueError: it has neither whole.
        """
        for names in (PROPERTIES, MEASURED):
            if set(names) <= set(self.table.columns):
                return names
        raise ValueError(
            f"the columns {', '.join(self.table.columns)} have neither all of {', '.join(PROPERTIES)} nor all of "
            f"{', '.join(MEASURED)}. Hint: several properties at once need a data set that has them, such as aflow."
        )

    def rows_of(self, *parts: str) -> np.ndarray:
        """Ascending row numbers of these parts."""
        return np.flatnonzero(self.table["part"].is_in(parts).to_numpy())

    @cached_property
    def train(self) -> np.ndarray:
        return self.rows_of("train")

    @cached_property
    def known(self) -> np.ndarray:
        return self.rows_of(*KNOWN)

    @cached_property
    def predicted(self) -> np.ndarray:
        """(M,) the rows of valid, then those of test."""
        return np.concatenate([self.rows_of(part) for part in PREDICTED])

    def held(self, seed: int) -> np.ndarray:
        """Ascending rows of valid that a model is chosen on: at most as many as it has training rows.

        Whoever has a hundred labels cannot spare more to choose a penalty with. The seed draws them, so that all models
        of one seed are chosen on the same ones; scores are of all validation rows.
        """
        valid = self.rows_of("valid")
        drawn = [
            hashlib.sha256(f"{seed}:valid:{name}".encode()).hexdigest()
            for name in self.table["id"].gather(valid)
        ]
        return np.sort(valid[np.argsort(drawn, kind="stable")[: len(self.train)]])

    def labels(self, target: str | None = None) -> np.ndarray:
        """(N,) float64 of a column, NaN for unlabelled rows, so that nothing can learn from them unnoticed.

        Raises:
            KeyError: there is no such column.
            ValueError: a labelled row has no finite value.
        """
        name = self.target if target is None else target
        if name is None or name not in self.table.columns:
            raise KeyError(
                f"no column {name!r} among {', '.join(self.table.columns)}. Hint: the split names its `target`."
            )
        values = self.table[name].cast(pl.Float64).to_numpy().copy()
        hidden = (self.table["part"] == UNLABELLED).to_numpy()
        values[hidden] = np.nan
        missing = np.flatnonzero(~hidden & ~np.isfinite(values))
        if len(missing):
            first = int(missing[0])
            raise ValueError(
                f"{self.ids[first]} has the {name} {values[first]}, expected a number ({len(missing)} such rows). "
                "Hint: the reader should have rejected it."
            )
        return values

    def texts(self, folder: Path | None, kind: str) -> list[str | None]:
        """The text of each row, None where there is none: of the table itself where it has that column, else by id.

        Args:
            folder: the view `descriptions`. kind: `text`, or one of its forms.

        Raises:
            ValueError: no text is there at all.
        """
        if kind in self.table.columns:
            found = self.table[kind]
        elif folder is None:
            raise ValueError(
                f"no column {kind!r} and no view `descriptions`. Hint: name it among the `views`."
            )
        else:
            view = pl.read_parquet(folder / "texts.parquet", columns=["id", kind])
            found = self.table.select("id").join(view, on="id", how="left", maintain_order="left")[kind]
        if found.null_count() == len(found):
            raise ValueError(
                f"none of {len(found)} rows has a {kind}. Hint: is the view of another data set?"
            )
        return found.to_list()


def read(prepared: Path, split: Path, target: str | None) -> Materials:
    """Read a data set and its split; rows in no part, or excluded, stay out.

    Raises:
        ValueError: no row is in a part.
    """
    kept = (
        read_table(prepared)
        .with_row_index("place")
        .join(read_table(split).select("id", "part"), on="id", maintain_order="left")
        .filter(pl.col("part").is_in([*PARTS, UNLABELLED]))
    )
    if kept.is_empty():
        raise ValueError(f"{split}: no row of {prepared} is in a part. Hint: is it another data set's split?")
    return Materials(kept.drop("place"), kept["place"].cast(pl.Int64).to_numpy(), target)


def possible(values: np.ndarray, target: str | None) -> np.ndarray:
    """A band gap is not negative, nor a figure of merit, whatever a model says."""
    return np.maximum(values, 0.0) if target in NOT_NEGATIVE else values


def predictions(materials: Materials, rows: np.ndarray, target: str, values: np.ndarray) -> pl.DataFrame:
    """A table of `PREDICTIONS_SCHEMA` for one property of some rows.

    Args:
        rows: (M,) row numbers. values: (M,) in the property's unit.

    Raises:
        ValueError: another number of values, or one that is not finite.
    """
    values = np.asarray(values, np.float64)
    if values.shape != rows.shape or not np.isfinite(values).all():
        raise ValueError(
            f"{target}: {values.shape} predictions, {int((~np.isfinite(values)).sum())} not finite, expected "
            f"{rows.shape} numbers. Hint: a method that learned nothing predicts the median."
        )
    return filled(
        materials.table[rows].select(
            "id",
            "part",
            property=pl.lit(target),
            value=pl.col(target).cast(pl.Float64),
            prediction=pl.Series(values),
        )
    )


def filled(table: pl.DataFrame) -> pl.DataFrame:
    """The table with all columns of `PREDICTIONS_SCHEMA`, null where it has none."""
    lacks = {name: pl.lit(None) for name in PREDICTIONS_SCHEMA if name not in table.columns}
    return table.with_columns(**lacks).select(list(PREDICTIONS_SCHEMA)).cast(pl.Schema(PREDICTIONS_SCHEMA))
