"""The study's arrays: which records train, which formulas they have, and what a teacher has to say about a formula."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import load_file

from retort.chemistry import magpie
from retort.datasets.parts import UNLABELLED
from retort.datasets.prepared import Schema
from retort.datasets.views.formulas import slots
from retort.sealed import read_table

# Units of the properties, by column of the prepared tables.
UNITS = {
    "formation_energy": "eV/atom",
    "band_gap": "eV",
    "ewald_energy": "eV/atom",
    "potential_difference": "V",
}
PREDICTIONS_SCHEMA: Schema = {
    "id": pl.String,
    "part": pl.String,
    "composition": pl.String,
    "property": pl.String,
    "value": pl.Float64,
    "prediction": pl.Float64,
    "sigma": pl.Float64,
    "embedding": pl.List(pl.Float32),
}
HIGHEST_ELEMENT = 118
GAP = "band_gap"
METAL_GAP = 1e-3  # eV; labels below are zero but for rounding


@dataclass(frozen=True)
class Compositions:
    """Distinct compositions as arrays.

    Attributes:
        names: the C composition keys, sorted.
        numbers: (C, M) atomic numbers by decreasing amount, 0 where there is no element.
        fractions: (C, M) atomic fractions, rows summing to one.
        magpie: (C, 132) statistics of elemental properties.
    """

    names: list[str]
    numbers: np.ndarray
    fractions: np.ndarray
    magpie: np.ndarray

    @property
    def index(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    @property
    def counts(self) -> np.ndarray:
        """(C,) elements of each."""
        return (self.numbers > 0).sum(axis=1)


@dataclass(frozen=True)
class Records:
    """The records of a data set in the order of its prepared table.

    Attributes:
        table: `id, composition, part, value` and `row`, the formula's row in `formulas`.
        formulas: of all records.
        target: the property that is predicted.
    """

    table: pl.DataFrame
    formulas: Compositions
    target: str

    def of(self, *parts: str) -> pl.DataFrame:
        """The records of these parts."""
        return self.table.filter(pl.col("part").is_in(parts))

    def held(self, seed: int) -> pl.DataFrame:
        """The validation records that a model is chosen on: at most as many as it has labelled training records.

        Whoever has a hundred labels cannot spare a thousand more to choose an epoch with. The seed draws them, so that
        all models of one seed are chosen on the same ones; scores are of all validation records.
        """
        valid, most = self.of("valid"), len(self.of("train"))
        drawn = [hashlib.sha256(f"{seed}:valid:{name}".encode()).hexdigest() for name in valid["id"]]
        kept = sorted(np.argsort(drawn, kind="stable")[:most].tolist())
        return valid[kept]

    def averaged(self) -> pl.DataFrame:
        """The training compositions, `row, value`: crystals of one composition count as one, with their mean label.

        A composition model cannot tell them apart, and CrabNet trains on means too. Validation and test keep each one.
        """
        return self.of("train").group_by("row").agg(pl.col("value").sort().mean()).sort("row")


def read(prepared: Path, split: Path, formulas: Path, target: str) -> Records:
    """Read a data set, its split and its view `formulas`.

    Raises:
        KeyError: the prepared table has no column `target`.
        ValueError: a record has no label.
    """
    rows = read_table(prepared)
    if target not in rows.columns:
        raise KeyError(f"{prepared} has no column {target!r}; it has {', '.join(rows.columns)}")
    view = read_formulas(formulas)
    index = pl.DataFrame({"composition": view.names, "row": np.arange(len(view.names))})
    table = (
        rows.select("id", "composition", value=target)
        .join(read_table(split), on="id", maintain_order="left")
        .join(index, on="composition", maintain_order="left")
        .select("id", "composition", "part", "value", "row")
    )
    missing = table.filter(pl.col("value").is_null())
    if len(missing):
        raise ValueError(
            f"{prepared}: {len(missing)} records have no {target}, the first is {missing['id'][0]}. "
            "Hint: its reader should reject them."
        )
    return Records(table, view, target)


def read_formulas(folder: Path) -> Compositions:
    """Read a view `formulas`."""
    arrays = load_file(folder / "arrays.safetensors")
    names = pl.read_parquet(folder / "compositions.parquet")["composition"].to_list()
    return Compositions(names, arrays["numbers"], arrays["fractions"], arrays["magpie"])


def encode(names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Atomic numbers and fractions, both (T, M), of composition keys such as `Co0.2500 Li0.2500 O0.5000`."""
    pairs = [re.findall(r"([A-Z][a-z]?)([0-9.]+)", name) for name in names]
    return slots([{symbol: float(amount) for symbol, amount in each} for each in pairs])


def element_vectors(kind: str, folder: Path | None) -> np.ndarray:
    """What a model knows of the elements before training: float32 (119, F), row = atomic number, row 0 zeros.

    Columns are standardised over the elements that are known, since published vectors differ in scale by a factor of
    ten; zeros and ones (cgcnn) stay as they are.

    Args:
        kind: `mat2vec`, `matscholar` or `cgcnn`, published vectors; `magpie`, 22 elemental properties.
        folder: the view `vectors` of the data set element_vectors; not needed for `magpie`.
    """
    if kind == "magpie":
        properties = magpie.filled()
        vectors = np.zeros((HIGHEST_ELEMENT + 1, properties.shape[1]))
        vectors[1 : len(properties) + 1] = properties
        known = np.arange(HIGHEST_ELEMENT + 1) <= len(properties)
        known[0] = False
    else:
        if folder is None:
            raise ValueError(
                f"element vectors {kind!r} need the view `vectors`. Hint: only magpie needs none."
            )
        arrays = load_file(folder / "vectors.safetensors")
        vectors, known = arrays[kind].astype(np.float64), arrays[f"{kind}_known"].astype(bool)
    if kind != "cgcnn":
        vectors[known] -= vectors[known].mean(axis=0)
        vectors[known] /= vectors[known].std(axis=0)
    return vectors.astype(np.float32)


@dataclass(frozen=True)
class Lessons:
    """What a teacher says of compositions, standardised over those that it teaches.

    Attributes:
        names: T composition keys, sorted.
        values: (T, W) float32, the teacher's embedding or its prediction; each column has mean 0 and deviation 1.
    """

    names: list[str]
    values: np.ndarray

    @classmethod
    def standardised(cls, names: list[str], output: np.ndarray) -> "Lessons":
        """Lessons from a teacher's raw `output` (T, W) on the compositions `names`."""
        # A unit that says the same of everything teaches nothing; it must not be blown up.
        spread = output.std(axis=0)
        scaled = (output - output.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)
        return cls(names, scaled.astype(np.float32))

    def permuted(self, seed: int) -> "Lessons":
        """The same lessons, each given to a composition drawn at random: what remains says nothing of any."""
        return Lessons(self.names, np.random.default_rng(seed).permutation(self.values))

    def without(self, names: Sequence[str]) -> "Lessons":
        """These lessons but for some compositions; the scale stays."""
        gone = set(names)
        keep = [row for row, name in enumerate(self.names) if name not in gone]
        return Lessons([self.names[row] for row in keep], self.values[keep])

    def held_out(self, share: float) -> np.ndarray:
        """(T,) bool: the share of the compositions, chosen by name, that step 1 is validated on.

        Of two or more at least one is, and one is not, however few they are.
        """
        drawn = [int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32 for name in self.names]
        held = np.array(drawn) < share
        if len(held) > 1:
            held[np.argmin(drawn)], held[np.argmax(drawn)] = True, False
        return held

    def rows(self, formulas: Compositions) -> np.ndarray:
        """(C,) the lesson of each formula, -1 where there is none."""
        index = {name: row for row, name in enumerate(self.names)}
        return np.array([index.get(name, -1) for name in formulas.names], np.int64)


def lessons(teacher: Path, guide: str) -> Lessons:
    """What the teacher run in `teacher` says of its own training compositions, labelled or not; never of others.

    Several crystals of one composition have several embeddings. The student can only know their mean, so that is what
    it is shown.

    Args:
        guide: `embedding`, or `scalar` for the teacher's prediction.
    """
    column = {"embedding": "embedding", "scalar": "prediction"}[guide]
    taught = (
        read_table(teacher / "predictions.parquet", columns=["id", "part", "composition", column])
        .filter(pl.col("part").is_in(["train", UNLABELLED]))
        .sort("composition", "id")
    )
    values = taught[column].to_numpy()
    output = np.stack(list(values)) if guide == "embedding" else values[:, None]
    starts = (taught["composition"] != taught["composition"].shift(1)).fill_null(True).to_numpy()
    first = np.flatnonzero(starts)
    sums = np.add.reduceat(output.astype(np.float64), first, axis=0)
    means = sums / np.diff(np.append(first, len(taught)))[:, None]
    return Lessons.standardised(taught["composition"].gather(first).to_list(), means)


def unit_of(target: str, prepared: pl.DataFrame) -> str:
    """The unit of a property: the study knows those of its own, a user's table brings it."""
    brought = f"{target}_unit"
    return prepared[brought][0] if brought in prepared.columns else UNITS[target]


def possible(values: np.ndarray, target: str) -> np.ndarray:
    """A band gap is not negative, whatever a model says."""
    return np.maximum(values, 0.0) if target == GAP else values


def predictions(
    records: pl.DataFrame,
    target: str,
    values: np.ndarray,
    sigma: np.ndarray | None = None,
    embeddings: np.ndarray | None = None,
    embedded: np.ndarray | None = None,
) -> pl.DataFrame:
    """A table of `PREDICTIONS_SCHEMA` for the rows of `records`.

    Args:
        values, sigma: (N,) in the property's unit.
        embeddings: (N, W); kept for the rows where `embedded` (N,) is true.
    """
    table = records.select("id", "part", "composition", property=pl.lit(target), value="value").with_columns(
        prediction=pl.Series(values, dtype=pl.Float64),
        sigma=pl.Series(sigma, dtype=pl.Float64) if sigma is not None else pl.lit(None, dtype=pl.Float64),
        embedding=pl.lit(None, dtype=pl.List(pl.Float32)),
    )
    if embeddings is not None:
        vectors = pl.Series(embeddings.astype(np.float32)).arr.to_list()
        kept = pl.Series(np.asarray(embedded, bool))
        table = table.with_columns(embedding=pl.when(kept).then(vectors).otherwise(None))
    return table.select(list(PREDICTIONS_SCHEMA)).cast(pl.Schema(PREDICTIONS_SCHEMA))
