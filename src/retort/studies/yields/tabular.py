"""Reactions as rows of numbers, for methods that know no graph: which molecule stands where, and what it is like.

A slot is a role, or the second solvent of a reaction; its columns describe the molecule that stands there. An empty
slot has zeros and says so in a column of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import load_file

from retort.datasets.views.component_descriptors import NOTHING
from retort.datasets.views.reaction_molecules import ARRAYS
from retort.studies.yields.reactions import random_features

DESCRIPTORS, PUBLISHED, FINGERPRINTS = (
    "component_descriptors",
    "published_descriptors",
    "reaction_fingerprints",
)
KINDS = ("descriptors", "computed", "onehot", "random")
PRODUCT = "product"


@dataclass(frozen=True)
class Slots:
    """Which of M molecules stand in the S slots of N reactions.

    Attributes:
        roles: (S,) of each slot.
        smiles, flat: (M,) the molecules, as they are and without stereochemistry.
        molecules: (N, S) int64, `NOTHING` where a slot is empty.
        descriptors: (M, D) float64 that RDKit computed; 0 where it has no number.
    """

    roles: list[str]
    smiles: list[str]
    flat: list[str]
    molecules: np.ndarray
    descriptors: np.ndarray

    @classmethod
    def read(cls, features: dict[str, Path]) -> "Slots":
        """From the view `component_descriptors`."""
        folder = features[DESCRIPTORS]
        arrays = load_file(folder / ARRAYS)
        names = pl.read_parquet(folder / "molecules.parquet")
        return cls(
            pl.read_parquet(folder / "slots.parquet")["role"].to_list(),
            names["smiles"].to_list(),
            names["flat"].to_list(),
            arrays["components"],
            np.nan_to_num(arrays["descriptors"].astype(np.float64), posinf=0, neginf=0),
        )

    def described(self, slot: int, vectors: np.ndarray) -> np.ndarray:
        """(N, V) of one slot, from vectors (M, W) of the molecules; the last column is whether it is filled.

        Columns that are the same in all reactions are left out, so there may be none.
        """
        places = self.molecules[:, slot]
        filled = places != NOTHING
        columns = np.column_stack([np.where(filled[:, None], vectors[places], 0.0), filled])
        return columns[:, np.ptp(columns, axis=0) > 0]

    def joined(self, vectors: Callable[[int], np.ndarray], slots: list[int] | None = None) -> np.ndarray:
        """(N, W) the columns of all slots, or of some, side by side."""
        chosen = range(len(self.roles)) if slots is None else slots
        return np.column_stack([self.described(slot, vectors(slot)) for slot in chosen])


def table(features: dict[str, Path], kind: str, seed: int = 0) -> np.ndarray:
    """(N, W) float64 of all reactions of a data set, in the order of its views.

    Args:
        kind: `descriptors`, the published ones if they know all that differs between the reactions, else computed ones;
            `computed`; `onehot`, which molecule it is; `random`, as many numbers as `descriptors` has, drawn for each
            molecule, which tell only that two molecules are not the same (Chuang and Keiser, Science 2018).
        seed: of the numbers that are drawn.

    Raises:
        ValueError: an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"a table of {kind!r}, expected one of {', '.join(KINDS)}. Hint: see `reads`.")
    slots = Slots.read(features)
    if kind == "onehot":
        return slots.joined(lambda slot: np.eye(len(slots.smiles)), _reactant_slots(slots))
    lent = None if kind == "computed" else published(slots, features)
    chosen = None if lent is None else list(lent)

    def vectors(slot: int) -> np.ndarray:
        known = slots.descriptors if lent is None else lent[slot]
        return random_features(slots.smiles, known.shape[1], seed) if kind == "random" else known

    return slots.joined(vectors, chosen)


def published(slots: Slots, features: dict[str, Path]) -> dict[int, np.ndarray] | None:
    """By slot, vectors (M, W) of the molecules from the view `published_descriptors`, zeros for those of other roles.

    Of the slots that more than one molecule stands in, products aside, which follow from the rest. None where the study
    has no such view, or it lacks a molecule that stands in such a slot: the same table for all reactions or none.
    """
    if PUBLISHED not in features:
        return None
    folder = features[PUBLISHED]
    known, arrays = pl.read_parquet(folder / "molecules.parquet"), load_file(folder / ARRAYS)
    found = {}
    for slot in _reactant_slots(slots):
        role = slots.roles[slot]
        places = np.unique(slots.molecules[:, slot])
        if len(places) < 2:
            continue
        row = {name: number for number, name in enumerate(known.filter(role=role)["flat"])}
        if NOTHING in places or any(slots.flat[place] not in row for place in places):
            return None
        vectors = np.zeros((len(slots.smiles), arrays[role].shape[1]))
        vectors[places] = arrays[role][[row[slots.flat[place]] for place in places]]
        found[slot] = vectors
    return found or None


def distinct_bits(features: dict[str, Path], rows: np.ndarray) -> np.ndarray:
    """(N, W) uint8, DRFP of all reactions: of the 2,048 bits those that differ among the training `rows`.

    Bits that are the same in all reactions of the data set stand for one another: one of them is kept. A tree that
    looks at all of its columns grows as with all of them, several times as fast.
    """
    bits = np.unpackbits(load_file(features[FINGERPRINTS] / ARRAYS)["drfp"], axis=1)
    bits = bits[:, np.ptp(bits[rows], axis=0) > 0]
    _, first = np.unique(bits, axis=1, return_index=True)
    return bits[:, np.sort(first)]


def _reactant_slots(slots: Slots) -> list[int]:
    return [slot for slot, role in enumerate(slots.roles) if role != PRODUCT]
