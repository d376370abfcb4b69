"""The reactions of the study as arrays: who was made from what, how often, and in which part.

A precursor *set* is a row of precursor indices in ascending order, filled up with `NONE`.
"""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import load_file

from retort.chemistry.composition import ATOMIC_NUMBER
from retort.datasets.parts import UNLABELLED
from retort.files import check_manifest
from retort.sealed import read_table

NONE = -1
# Air and moisture bring these, so a precursor may carry them whatever the target is, ...
NEUTRAL = ("C", "H", "N", "O")
# ... but only oxygen and hydrogen need no source of their own (He et al. 2023, "Recommendation").
FREE = ("H", "O")


@dataclass(frozen=True)
class Archive:
    """All reactions, their targets and their precursors.

    Attributes:
        elements: E symbols; columns of the two matrices of atomic fractions.
        targets: T canonical keys.
        formulas: T readable formulas.
        precursors: P readable formulas.
        target_fractions: (T, E) atomic fractions.
        precursor_fractions: (P, E) atomic fractions.
        ids: N names of the reactions.
        part: N of `train`, `valid`, `test`, and `unlabelled` for training reactions that nothing here may learn from.
        target: (N,) index of each reaction's target.
        sets: (N, W) precursor indices in ascending order, then `NONE`.
        weight: (N,) share of its recipe: 1 / number of reactions that the recipe was expanded into.
        descriptors: (T, D) features for a baseline's similarity, or None.
        vectors: (E, F) what others' texts say of the elements, see `scaled`; or None.
    """

    elements: tuple[str, ...]
    targets: list[str]
    formulas: list[str]
    precursors: list[str]
    target_fractions: np.ndarray
    precursor_fractions: np.ndarray
    ids: list[str]
    part: np.ndarray
    target: np.ndarray
    sets: np.ndarray
    weight: np.ndarray
    descriptors: np.ndarray | None = None
    vectors: np.ndarray | None = None

    @cached_property
    def labelled_share(self) -> float:
        """The share of the training recipes that may be learned from, by weight: 1 unless a split withholds some."""
        labelled = self.weight[self.part == "train"].sum()
        return float(labelled / (labelled + self.weight[self.part == UNLABELLED].sum()))

    @cached_property
    def precursor_weight(self) -> np.ndarray:
        """(P,) summed weight of the training reactions that use each precursor."""
        rows = self.part == "train"
        used = self.sets[rows]
        real = used != NONE
        weight = np.broadcast_to(self.weight[rows, None], used.shape)
        return np.bincount(used[real], weight[real], minlength=len(self.precursors))

    def vocabulary(self, minimum: float) -> np.ndarray:
        """(V,) precursors whose training weight is at least `minimum`, the most used first.

        Of a share of the recipes the same share of `minimum` is asked, so that it stays one frequency at every share.

        Raises:
            ValueError: no precursor is used that often.
        """
        weight = self.precursor_weight
        order = np.lexsort((np.arange(len(weight)), -weight))
        chosen = order[weight[order] >= minimum * self.labelled_share]
        if not len(chosen):
            raise ValueError(
                f"no precursor reaches {minimum=}; the most used one has {weight.max():.2f}. "
                "Hint: lower vocabulary.minimum_weight."
            )
        return chosen

    @cached_property
    def learned_elements(self) -> np.ndarray:
        """(D,) elements that occur in a training target, and so can be learned."""
        return np.flatnonzero(self.target_fractions[self.targets_of("train")].any(axis=0))

    def targets_of(self, part: str) -> np.ndarray:
        """(n,) distinct targets of a part, ascending."""
        return np.unique(self.target[self.part == part])

    @cached_property
    def known(self) -> "Known":
        """The knowledge base: the distinct reactions of the training part."""
        return Known.of(self, self.part == "train")

    def with_targets(self, formulas: list[str], fractions: np.ndarray) -> "Archive":
        """The archive with further targets appended, for which nothing is known."""
        return replace(
            self,
            targets=[*self.targets, *formulas],
            formulas=[*self.formulas, *formulas],
            target_fractions=np.concatenate([self.target_fractions, fractions.astype(np.float32)]),
            descriptors=None,
        )


@dataclass(frozen=True)
class Known:
    """Distinct (target, set) pairs, those of one target side by side, the most reported set first.

    Attributes:
        targets: (K,) index of each known target.
        start: (K + 1,) rows `start[i]:start[i + 1]` of `sets` belong to `targets[i]`.
        sets: (S, W) precursor indices.
        count: (S,) how many reactions report the pair.
    """

    targets: np.ndarray
    start: np.ndarray
    sets: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, archive: Archive, rows: np.ndarray) -> "Known":
        pairs = np.column_stack([archive.target[rows], archive.sets[rows]])
        pairs, count = np.unique(pairs, axis=0, return_counts=True)
        # np.unique sorted by target, then by set; a stable sort keeps that order among equal counts.
        order = np.lexsort((-count, pairs[:, 0]))
        pairs, count = pairs[order], count[order]
        targets, start = np.unique(pairs[:, 0], return_index=True)
        return cls(targets, np.append(start, len(pairs)), pairs[:, 1:], count)


def read(prepared: Path, split: Path, features: dict[str, Path]) -> Archive:
    """Read the prepared reactions, their split, and the views `composition` and (if given) `magpie` and `vectors`.

    Raises:
        ValueError: a reaction has no part, a target or precursor is missing from the view, or an element from the
            vectors.
        DamagedFile: a file changed since it was written.
    """
    rows = read_table(prepared).join(read_table(split), on="id", how="left").sort("id")
    if rows["part"].null_count():
        lost = rows.filter(pl.col("part").is_null())["id"][0]
        raise ValueError(f"{split}: reaction {lost!r} of {prepared} has no part. Hint: rerun the split.")
    for folder in features.values():
        check_manifest(folder)
    view = features["composition"]
    arrays = load_file(view / "arrays.safetensors")
    targets = pl.read_parquet(view / "targets.parquet")
    precursors = pl.read_parquet(view / "precursors.parquet")["precursor"].to_list()
    target = _positions(rows["target_key"], targets["target_key"].to_list(), view / "targets.parquet")
    listed = rows["precursors"].explode(empty_as_null=False, keep_nulls=False)
    used = _positions(listed, precursors, view / "precursors.parquet")
    descriptors = None
    if "magpie" in features:
        descriptors = load_file(features["magpie"] / "arrays.safetensors")["targets"]
    elements = tuple(json.loads((view / "elements.json").read_text(encoding="utf-8")))
    return Archive(
        elements=elements,
        targets=targets["target_key"].to_list(),
        formulas=targets["target"].to_list(),
        precursors=precursors,
        target_fractions=arrays["targets"].astype(np.float32),
        precursor_fractions=arrays["precursors"].astype(np.float32),
        ids=rows["id"].to_list(),
        part=rows["part"].to_numpy(),
        target=target,
        sets=_rectangular(used, rows["precursors"].list.len().to_numpy()),
        weight=rows["weight"].to_numpy(),
        descriptors=descriptors,
        vectors=_mat2vec(features["vectors"], elements) if "vectors" in features else None,
    )


def _mat2vec(folder: Path, elements: tuple[str, ...]) -> np.ndarray:
    """(E, F) the mat2vec vectors of the elements, scaled."""
    arrays = load_file(folder / "vectors.safetensors")
    rows = [ATOMIC_NUMBER[symbol] for symbol in elements]
    if unknown := [
        symbol for symbol, row in zip(elements, rows, strict=True) if not arrays["mat2vec_known"][row]
    ]:
        raise ValueError(f"{folder}: mat2vec has no vector of {', '.join(unknown)}, which the reactions use.")
    return scaled(arrays["mat2vec"][rows])


def scaled(vectors: np.ndarray) -> np.ndarray:
    """Vectors (E, F) with columns of mean 0 and one deviation, and a mean square length of 1.

    That length is also that of one-hot vectors, so that one learning rate suits both.
    """
    wide = vectors.astype(np.float64)
    columns = (wide - wide.mean(axis=0)) / wide.std(axis=0)
    return (columns / np.sqrt(columns.shape[1])).astype(np.float32)


def _positions(values: pl.Series, names: list[str], file: Path) -> np.ndarray:
    place = {name: index for index, name in enumerate(names)}
    found = values.replace_strict(place, default=None, return_dtype=pl.Int64)
    if found.null_count():
        lost = values.filter(found.is_null())[0]
        raise ValueError(f"{file} lacks {lost!r}, which the reactions use. Hint: rerun featurize.")
    return found.to_numpy()


def _rectangular(flat: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Rows of ascending indices, the shorter ones filled up with `NONE`."""
    sets = np.full((len(lengths), lengths.max()), NONE)
    sets[np.arange(sets.shape[1]) < lengths[:, None]] = flat
    return ascending(sets)


def ascending(sets: np.ndarray) -> np.ndarray:
    """Sort each row of indices, `NONE` last."""
    big = np.iinfo(sets.dtype).max
    ordered = np.sort(np.where(sets == NONE, big, sets), axis=1)
    return np.where(ordered == big, NONE, ordered)
