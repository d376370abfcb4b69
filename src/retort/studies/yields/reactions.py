"""Reactions as networks read them: each distinct molecule of a batch once, and how often it stands in each reaction."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl
import torch
from safetensors.numpy import load_file
from torch import Tensor

from retort.chemistry import smiles_tokens
from retort.datasets.views.reaction_molecules import ARRAYS
from retort.nn.edge_messages import BondGraphs
from retort.nn.reaction_strings import Strings

Part = TypeVar("Part")

GRAPHS, FINGERPRINTS = "reaction_graphs", "reaction_fingerprints"
VIEWS = ("graph", "sequence", "features")  # what a network may look at
SIDE_NAMES = ("reactant", "product")
SIDES = (".", ">>")  # the token before a component of either side
START = smiles_tokens.START
FEW = 160  # of so few distinct molecules all are encoded in every step: absent ones count zero times


@dataclass(frozen=True)
class Batch:
    """B reactions of M molecules; what the network does not look at is None.

    Attributes:
        sides: (2, B, M) float32, how often each molecule is a reactant and a product of each reaction.
        graphs: of the M molecules.
        strings: the S strings of `members`, the start first.
        members: (B, S) how often each string stands in each reaction.
        tokens: (B, L) int64, the reactions as whole strings.
        features: (M, D) float32 of the molecules.
    """

    sides: Tensor
    graphs: BondGraphs | None = None
    strings: Strings | None = None
    members: Tensor | None = None
    tokens: Tensor | None = None
    features: Tensor | None = None

    @property
    def count(self) -> int:
        return self.sides.shape[1]

    def to(self, device: torch.device | str) -> "Batch":
        if (
            self.sides.device.type == torch.device(device).type
        ):  # "cuda" is asked for, "cuda:0" is where it lies
            return self  # graphs that all batches share keep what they have computed of themselves
        moved = {name: each.to(device) for name, each in vars(self).items() if each is not None}
        return replace(self, **moved)


def given(part: Part | None) -> Part:
    """A part of a batch that the network looks at.

    Raises:
        ValueError: the batch was made without it.
    """
    if part is None:
        raise ValueError(
            "a batch without what the network looks at. Hint: both need the same `network.views`."
        )
    return part


class Reactions:
    """All N reactions of a data set, in the order of its views, as batches of the views that a network looks at.

    Args:
        features: folders of the data set's views.
        network: block `network` of the run's settings.
        seed: of features that are drawn.
        constant: molecules, by row, that whole strings leave out: what stands in every reaction tells none apart.

    Raises:
        ValueError: two views are of other molecules or reactions.
    """

    def __init__(
        self, features: dict[str, Path], network: dict, seed: int, constant: Collection[int] = ()
    ) -> None:
        folder = features[GRAPHS]
        self.views = network["views"]
        self.sequence = network["sequence"]
        self.smiles = pl.read_parquet(folder / "molecules.parquet")["smiles"].to_list()
        self.constant = frozenset(constant)
        self._arrays = load_file(folder / ARRAYS)
        self.molecule_features: np.ndarray | None = None  # (M, D) float32
        if "features" in self.views:
            drawn = network["features"]["source"] == "random"
            have = _fingerprints(features[FINGERPRINTS], folder)
            numbers = random_features(self.smiles, have.shape[1], seed) if drawn else have
            self.molecule_features = numbers.astype(np.float32)

    def __len__(self) -> int:
        return len(self._arrays["reactant_offsets"]) - 1

    def components(self, place: int, side: int) -> list[int]:
        """The molecules that are reactants (0) or products (1) of a reaction, in the order of the data set."""
        name = SIDE_NAMES[side]
        start, end = self._arrays[f"{name}_offsets"][place : place + 2]
        return self._arrays[f"{name}s"][start:end].tolist()

    @property
    def widths(self) -> dict[str, int]:
        """Widths of the inputs: `atom`, `bond` and `features`."""
        features = 0 if self.molecule_features is None else self.molecule_features.shape[1]
        arrays = self._arrays
        return {"atom": arrays["atoms"].shape[1], "bond": arrays["bond_types"].shape[1], "features": features}

    @cached_property
    def counts(self) -> np.ndarray:
        """(2, N, M) uint8, how often each molecule is a reactant, and a product, of each reaction."""
        counts = np.zeros((2, len(self), len(self.smiles)), np.uint8)
        for side, name in enumerate(SIDE_NAMES):
            row = np.repeat(np.arange(len(self)), np.diff(self._arrays[f"{name}_offsets"]))
            np.add.at(counts[side], (row, self._arrays[f"{name}s"]), 1)
        return counts

    def shared(self, places: np.ndarray) -> frozenset[int]:
        """The molecules that stand in every one of these reactions."""
        present = self.counts[:, places].any(axis=0)
        return frozenset(np.flatnonzero(present.all(axis=0)).tolist())

    def batch(self, places: np.ndarray) -> Batch:
        """The reactions at some places of the views."""
        counts = self.counts[:, places]
        few = len(self.smiles) <= FEW
        molecules = np.arange(len(self.smiles)) if few else np.flatnonzero(counts.any(axis=(0, 1)))
        sides = counts[:, :, molecules].astype(np.float32)
        made: dict[str, Any] = {}
        if "graph" in self.views:
            made["graphs"] = self._all_graphs if few else self.graphs(molecules)
        if "sequence" in self.views and self.sequence["attention"] == "components":
            strings, columns = self._all_strings if few else self.strings(molecules, sides.max(axis=1) > 0)
            made["strings"] = strings
            members = np.concatenate([np.ones((len(places), 1), np.float32), *sides], axis=1)
            made["members"] = torch.from_numpy(members[:, columns])
        elif "sequence" in self.views:
            made["tokens"] = self.tokens(places)
        if self.molecule_features is not None:
            made["features"] = torch.from_numpy(self.molecule_features[molecules])
        return Batch(torch.from_numpy(sides), **made)

    def graphs(self, molecules: np.ndarray) -> BondGraphs:
        """The graphs of some molecules, the same one several times if it is asked for several times."""
        arrays = self._arrays
        atoms, sizes = _within(arrays["atom_offsets"], molecules)
        edges, counts = _within(arrays["edge_offsets"], molecules)
        # Atoms are counted over all molecules; here, over these.
        shift = np.cumsum(sizes) - sizes - arrays["atom_offsets"][molecules]
        ends = arrays["edges"][:, edges] + np.repeat(shift, counts)
        bonds = np.vstack([ends, arrays["edge_types"][edges]])
        return BondGraphs.of(arrays["atoms"][atoms], sizes, bonds, arrays["bond_types"])

    @cached_property
    def _all_graphs(self) -> BondGraphs:
        return self.graphs(np.arange(len(self.smiles)))

    @cached_property
    def _all_strings(self) -> tuple[Strings, np.ndarray]:
        return self.strings(np.arange(len(self.smiles)), self.counts.max(axis=1) > 0)

    def strings(self, molecules: np.ndarray, used: np.ndarray) -> tuple[Strings, np.ndarray]:
        """The start, and the strings of molecules on the sides where they are used.

        Args:
            molecules: (M,) rows.
            used: (2, M) bool.

        Returns:
            The S strings, and (S,) the column of each in [start, reactants, products], 1 + 2 M columns.
        """
        rows, columns = [np.array([START])], [0]
        for side, column in np.argwhere(used).tolist():
            rows.append(self.numbers(int(molecules[column]), side)[: self.sequence["longest"]])
            columns.append(1 + side * len(molecules) + column)
        return Strings.of(rows), np.array(columns)

    def tokens(self, places: np.ndarray) -> Tensor:
        """(B, L) int64 of reactions as whole strings, padded with 0; what does not fit is cut off at the end."""
        rows = []
        for place in places:
            pieces = [np.array([START])]
            for side in range(len(SIDES)):
                pieces += [
                    self.numbers(m, side) for m in self.components(place, side) if m not in self.constant
                ]
            rows.append(np.concatenate(pieces)[: self.sequence["longest"]])
        tokens = np.zeros((len(rows), max(map(len, rows))), np.int64)
        for number, row in enumerate(rows):
            tokens[number, : len(row)] = row
        return torch.from_numpy(tokens)

    def numbers(self, molecule: int, side: int) -> np.ndarray:
        """The tokens of a molecule as a component of reactants (0) or products (1), led by what separates them."""
        key = (molecule, side)
        if key not in self._numbers:
            whole = smiles_tokens.encode(self.smiles[molecule], smiles_tokens.length(self.smiles[molecule]))
            self._numbers[key] = np.concatenate([[smiles_tokens.NUMBER[SIDES[side]]], whole[1:-1]])
        return self._numbers[key]

    @cached_property
    def _numbers(self) -> dict[tuple[int, int], np.ndarray]:
        return {}


def random_features(smiles: list[str], width: int, seed: int) -> np.ndarray:
    """(M, width) numbers of N(0, 1) that depend on the seed and the molecule alone: the same in all data sets."""
    numbers = np.empty((len(smiles), width))
    for row, name in zip(numbers, smiles, strict=True):
        word = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        row[:] = np.random.default_rng([seed, word]).standard_normal(width)
    return numbers


def _fingerprints(folder: Path, graphs: Path) -> np.ndarray:
    """(M, D) uint8 counts of ECFP4 of the molecules."""
    for name in ("molecules.parquet", "reactions.parquet"):
        if not pl.read_parquet(folder / name).equals(pl.read_parquet(graphs / name)):
            raise ValueError(
                f"{folder / name} differs from that of {graphs}. Hint: delete both, and build them anew."
            )
    return load_file(folder / ARRAYS)["ecfp"]


def _within(offsets: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers offsets[r] ... offsets[r + 1] - 1 for each r of `rows`, one after the other, and how many of each."""
    counts = np.diff(offsets)[rows]
    ends = np.cumsum(counts)
    return np.arange(counts.sum()) + np.repeat(offsets[rows] - (ends - counts), counts), counts
