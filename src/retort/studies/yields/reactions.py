"""Reactions as networks read them: each distinct molecule of a batch once, and how often it stands in each reaction."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import torch
from safetensors.numpy import load_file
from torch import Tensor

from retort.chemistry import smiles_tokens
from retort.nn.edge_messages import BondGraphs
from retort.nn.reaction_strings import Strings

GRAPHS, FINGERPRINTS = "reaction_graphs", "reaction_fingerprints"
VIEWS = ("graph", "sequence", "features")  # what a network may look at
SIDES = (".", ">>")  # the token before a component, of reactants and of products
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
        features: (B, D) float32.
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
        return Batch(**{name: each if each is None else each.to(device) for name, each in vars(self).items()})


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
        table = pl.read_parquet(folder / "reactions.parquet")
        self.parts = [table[side].to_list() for side in ("reactants", "products")]
        self.constant = frozenset(constant)
        self._arrays = load_file(folder / "graphs.safetensors")
        self.molecule_features: np.ndarray | None = None  # (M, D) float32
        if "features" in self.views:
            drawn = network["features"]["source"] == "random"
            have = _fingerprints(features[FINGERPRINTS], self.smiles, table)
            self.molecule_features = random_features(self.smiles, have.shape[1], seed) if drawn else have

    def __len__(self) -> int:
        return len(self.parts[0])

    @property
    def widths(self) -> dict[str, int]:
        """Widths of the inputs: `atom`, `bond` and `features`."""
        features = 0 if self.molecule_features is None else self.molecule_features.shape[1]
        arrays = self._arrays
        return {"atom": arrays["atoms"].shape[1], "bond": arrays["kinds"].shape[1], "features": features}

    @cached_property
    def counts(self) -> np.ndarray:
        """(2, N, M) uint8, how often each molecule is a reactant, and a product, of each reaction."""
        counts = np.zeros((2, len(self), len(self.smiles)), np.uint8)
        for side, reactions in enumerate(self.parts):
            row = np.repeat(np.arange(len(self)), [len(each) for each in reactions])
            np.add.at(counts[side], (row, np.concatenate(reactions).astype(np.int64)), 1)
        return counts

    def shared(self, places: np.ndarray) -> frozenset[int]:
        """The molecules that stand in every one of these reactions."""
        present = self.counts[:, places].sum(axis=0) > 0
        return frozenset(np.flatnonzero(present.all(axis=0)).tolist())

    def batch(self, places: np.ndarray) -> Batch:
        """The reactions at some places of the views."""
        counts = self.counts[:, places]
        few = len(self.smiles) <= FEW
        molecules = np.arange(len(self.smiles)) if few else np.flatnonzero(counts.any(axis=(0, 1)))
        sides = counts[:, :, molecules].astype(np.float32)
        given: dict[str, Tensor | BondGraphs | Strings] = {"sides": torch.from_numpy(sides)}
        if "graph" in self.views:
            given["graphs"] = self._all_graphs if few else self.graphs(molecules)
        if "sequence" in self.views and self.sequence["attention"] == "components":
            strings, columns = self._all_strings if few else self.strings(molecules, sides.any(axis=1))
            given["strings"] = strings
            members = np.concatenate([np.ones((len(places), 1), np.float32), *sides], axis=1)
            given["members"] = torch.from_numpy(members[:, columns])
        elif "sequence" in self.views:
            given["tokens"] = self.tokens(places)
        if self.molecule_features is not None:
            both = sides.sum(axis=0)
            given["features"] = torch.from_numpy(both @ self.molecule_features[molecules])
        return Batch(**given)  # type: ignore[arg-type]

    def graphs(self, molecules: np.ndarray) -> BondGraphs:
        """The graphs of some molecules."""
        arrays = self._arrays
        atoms = _within(self._atom_starts, arrays["sizes"], molecules)
        bonds = arrays["bonds"][:, _within(self._bond_starts, self._bond_sizes, molecules)]
        renumbered = np.empty(len(arrays["atoms"]), np.int64)
        renumbered[atoms] = np.arange(len(atoms))
        bonds = np.vstack([renumbered[bonds[:2]], bonds[2]])
        return BondGraphs.of(arrays["atoms"][atoms], arrays["sizes"][molecules], bonds, arrays["kinds"])

    @cached_property
    def _all_graphs(self) -> BondGraphs:
        return self.graphs(np.arange(len(self.smiles)))

    @cached_property
    def _all_strings(self) -> tuple[Strings, np.ndarray]:
        return self.strings(np.arange(len(self.smiles)), self.counts.any(axis=1))

    @cached_property
    def _atom_starts(self) -> np.ndarray:
        sizes = self._arrays["sizes"]
        return np.cumsum(sizes) - sizes

    @cached_property
    def _bond_sizes(self) -> np.ndarray:
        """(M,) directed bonds of each molecule; they follow one another, as atoms do."""
        owner = np.repeat(np.arange(len(self.smiles)), self._arrays["sizes"])
        return np.bincount(owner[self._arrays["bonds"][0]], minlength=len(self.smiles))

    @cached_property
    def _bond_starts(self) -> np.ndarray:
        return np.cumsum(self._bond_sizes) - self._bond_sizes

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
            for side, reactions in enumerate(self.parts):
                pieces += [self.numbers(m, side) for m in reactions[place] if m not in self.constant]
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
    """(M, width) float32 numbers of N(0, 1) that depend on the seed and the molecule alone."""
    rows = []
    for text in smiles:
        digest = hashlib.sha256(text.encode()).digest()
        rng = np.random.default_rng([seed, int.from_bytes(digest[:8], "little")])
        rows.append(rng.standard_normal(width, np.float32))
    return np.stack(rows)


def _fingerprints(folder: Path, smiles: list[str], reactions: pl.DataFrame) -> np.ndarray:
    """(M, D) float32 counts of ECFP4 of the molecules."""
    molecules, others = (pl.read_parquet(folder / f"{name}.parquet") for name in ("molecules", "reactions"))
    if molecules["smiles"].to_list() != smiles or others["id"].to_list() != reactions["id"].to_list():
        raise ValueError(
            f"{folder} is of other molecules or reactions than the view {GRAPHS}. Hint: build both anew."
        )
    return load_file(folder / "fingerprints.safetensors")["ecfp"].astype(np.float32)


def _within(starts: np.ndarray, sizes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The numbers starts[r] ... starts[r] + sizes[r] - 1 for each r of `rows`, one after the other."""
    counts = sizes[rows]
    ends = np.cumsum(counts)
    return np.arange(counts.sum()) + np.repeat(starts[rows] - (ends - counts), counts)
