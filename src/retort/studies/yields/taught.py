"""What a run learned from: its training reactions, their components and their fingerprints."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import load_file

from retort.datasets.views.reaction_molecules import ARRAYS
from retort.studies.yields.data import Records
from retort.studies.yields.data import read as read_records


@dataclass(frozen=True)
class Taught:
    """What a run learned from.

    Attributes:
        records: all its reactions.
        train: the training rows of `records`.
        known: canonical SMILES of all components of training reactions, products among them.
        shared: components of every reaction of train and unlabelled.
    """

    records: Records
    train: np.ndarray
    known: frozenset[str]
    shared: frozenset[str]

    @classmethod
    def of(cls, prepared: Path, split: Path) -> "Taught":
        records = read_records(prepared, split)
        train = records.rows_of("train")
        seen = [components(records.table[rows]) for rows in (train, records.rows_of("train", "unlabelled"))]
        shared = frozenset.intersection(*map(frozenset, seen[1]))
        return cls(records, train, frozenset().union(*seen[0]), shared)

    @property
    def reactions(self) -> pl.DataFrame:
        """The training reactions: `id, reactants, products, reaction` and the rest of the prepared table."""
        return self.records.table[self.train]


def components(table: pl.DataFrame) -> list[set[str]]:
    """The molecules of each reaction."""
    sides = zip(table["reactants"].to_list(), table["products"].to_list(), strict=True)
    return [{*reactants, *products} for reactants, products in sides]


def fingerprints(view: Path) -> np.ndarray:
    """(N, B) 0/1 difference fingerprints of a view."""
    return np.unpackbits(load_file(view / ARRAYS)["drfp"], axis=1)
