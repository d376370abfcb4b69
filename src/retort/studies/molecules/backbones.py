"""The three backbones behind one interface: how one is made or loaded, and where its batches come from.

A source turns molecules, or crops of them, into what its backbone takes; whoever trains need not know which it is.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from retort.chemistry.smiles_text import fragment, randomised
from retort.nn.backbone import Backbone
from retort.nn.gin import GIN
from retort.nn.molecular_graphs import Graphs, MoleculeStore
from retort.nn.tokens import TokenBatch, smiles_batch
from retort.nn.transformer import Transformer
from retort.sealed import read_tensors
from retort.studies.molecules.walks import Walks

KINDS = ("gin", "walks", "smiles")
PREFIX = "backbone."  # of a backbone's weights in the model of a run


class Source(Protocol):
    """Batches for one backbone: graphs, or strings for `smiles`; both kinds of sources have these two methods."""

    def whole(self, rows: np.ndarray, rng: np.random.Generator | None = None) -> Any:
        """One batch of whole molecules."""

    def crops(
        self, rows: np.ndarray, atoms: Sequence[Sequence[np.ndarray]], rng: np.random.Generator
    ) -> list[Any]:
        """One batch for each crop number: that of number k holds crop k of every molecule."""


class GraphSource:
    """Molecular graphs; `rng` is not used.

    Args:
        store: the molecules; `rows` are its row numbers.
    """

    def __init__(self, store: MoleculeStore):
        self.store = store

    def whole(self, rows: np.ndarray, rng: np.random.Generator | None = None) -> Graphs:
        """The graphs of `rows` (M,)."""
        return self.store.batch(rows)

    def crops(
        self, rows: np.ndarray, atoms: Sequence[Sequence[np.ndarray]], rng: np.random.Generator
    ) -> list[Graphs]:
        """Induced sub-graphs.

        Args:
            rows: (M,) molecules; one may occur several times.
            atoms: for each of them, equally many sets of atom numbers.
        """
        return [self.store.subgraphs(rows, list(sets)) for sets in zip(*atoms, strict=True)]


class SmilesSource:
    """SMILES strings, whole or of fragments.

    Args:
        strings: of all molecules; `rows` index it. Atom numbers are those of reading the string.
        settings: of the run: `smiles.longest`, `smiles.randomised` (another order of atoms each time; needs a `rng`)
            and, for crops, `crops.kind`.
    """

    def __init__(self, strings: Sequence[str], settings: dict):
        self.strings = strings
        self.longest = settings["smiles"]["longest"]
        self.randomised = settings["smiles"]["randomised"]
        self.kind = settings.get("crops", {}).get("kind")

    def whole(self, rows: np.ndarray, rng: np.random.Generator | None = None) -> TokenBatch:
        """The strings of `rows` (M,); as they are without `rng`, which is how a model is evaluated."""
        texts = [self.strings[row] for row in rows]
        if self.randomised and rng is not None:
            texts = [randomised(text, rng) for text in texts]
        return smiles_batch(texts, self.longest)

    def crops(
        self, rows: np.ndarray, atoms: Sequence[Sequence[np.ndarray]], rng: np.random.Generator
    ) -> list[TokenBatch]:
        """Fragment strings; arguments as of `GraphSource.crops`."""
        return [
            smiles_batch(
                [
                    fragment(self.strings[row], chosen, self.kind, rng, self.randomised)
                    for row, chosen in zip(rows, sets, strict=True)
                ],
                self.longest,
            )
            for sets in zip(*atoms, strict=True)
        ]


def source(store: MoleculeStore, settings: dict) -> Source:
    """The source of the backbone that the settings name."""
    return SmilesSource(store.standard, settings) if _kind(settings) == "smiles" else GraphSource(store)


def make(settings: dict, **changes: Any) -> Backbone:
    """A new backbone, batch of M to (M, W) with the attribute `width`.

    Args:
        settings: of the run: `backbone` and the block of that name.
        changes: of that block, such as `dropout`.

    Raises:
        ValueError: an unknown backbone.
    """
    if _kind(settings) == "gin":
        sizes = settings["gin"] | changes
        return GIN(**sizes | {"features": tuple(sizes["features"])} if "features" in sizes else sizes)
    if settings["backbone"] == "walks":
        return Walks(**settings["walks"] | changes)
    sizes = {name: value for name, value in settings["smiles"].items() if name != "randomised"}
    return Transformer(**sizes | changes)


def load(folder: Path, settings: dict) -> Backbone:
    """The backbone that a finished run in `folder` holds, in training mode as a new one.

    Raises:
        ValueError: the weights are those of another backbone than the settings name.
    """
    backbone = make(settings)
    file = folder / "model.safetensors"
    weights = {
        name.removeprefix(PREFIX): value
        for name, value in read_tensors(file).items()
        if name.startswith(PREFIX)
    }
    try:
        backbone.load_state_dict(weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        # The commands show the first line only.
        raise ValueError(
            f"{file} does not fit the backbone {settings['backbone']!r} of the settings.\n{reason} "
            "Hint: encoder and run need the same settings `backbone`, `gin`, `walks` and `smiles`."
        ) from error
    return backbone


def _kind(settings: dict) -> str:
    kind = settings["backbone"]
    if kind not in KINDS:
        raise ValueError(f"backbone is {kind!r}, expected one of {KINDS}. Hint: see the study's settings.")
    return kind
