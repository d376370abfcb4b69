"""A trained selector in use: vectors of targets, and how much each precursor is wanted."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from retort.sealed import read_tensors
from retort.studies.precursors.data import NONE, Archive, scaled
from retort.studies.precursors.model import Selector
from retort.training.seeding import generator

# Before the name of a tensor: it is of the last model of a training, not of the best.
LAST = "last."
WIDTH = 200  # of mat2vec, and of the random vectors that it is held against
APART = -2  # of the generator that draws these: a step that no training has


@dataclass(frozen=True)
class Expert:
    """A trained model and what its rows mean.

    Attributes:
        vocabulary: (V,) index of each row of the model's table among the archive's P precursors.
        precursors: P.
    """

    model: Selector
    vocabulary: np.ndarray
    precursors: int

    @classmethod
    def fresh(cls, archive: Archive, settings: dict, device: torch.device) -> "Expert":
        """An untrained model of the archive's sizes; random vectors of elements are drawn anew for each seed."""
        vocabulary = archive.vocabulary(settings["vocabulary"]["minimum_weight"])
        vectors = element_vectors(archive, settings["elements"])
        model = Selector(
            elements=len(archive.elements) if vectors is None else vectors.shape[1],
            precursors=len(vocabulary),
            decoded=len(archive.learned_elements),
            vectors=vectors,
            **settings["model"],
        )
        return cls(model.to(device), vocabulary, len(archive.precursors))

    @classmethod
    def load(cls, folder: Path, archive: Archive, settings: dict, device: torch.device) -> "Expert":
        """The model of a finished run: by the settings' `kept` the best of its training or the last.

        Raises:
            RuntimeError: it was trained on another data set or with other settings, so its sizes differ.
        """
        expert = cls.fresh(archive, settings, device)
        tensors = read_tensors(folder / "model.safetensors")
        last = settings["kept"] == "last"
        expert.model.load_state_dict(
            {
                name.removeprefix(LAST): value
                for name, value in tensors.items()
                if name.startswith(LAST) == last
            }
        )
        expert.model.eval()
        return expert

    def encode(self, fractions: np.ndarray) -> np.ndarray:
        """(n, E) atomic fractions to (n, d) unit vectors."""
        with torch.inference_mode():
            return self.model.encode(self._tensor(fractions)).cpu().numpy()

    def wanted(self, vectors: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """(n, d) vectors and (n, W) chosen precursors to (n, P) logits; -inf outside the vocabulary."""
        position = np.full(self.precursors + 1, NONE)  # the last entry is where NONE points
        position[self.vocabulary] = np.arange(len(self.vocabulary))
        with torch.inference_mode():
            logits = self.model.complete(self._tensor(vectors), self._tensor(position[chosen]))
        scores = np.full((len(vectors), self.precursors), -np.inf, np.float32)
        scores[:, self.vocabulary] = logits.cpu().numpy()
        return scores

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.model.bias.device)


def element_vectors(archive: Archive, kind: str) -> Tensor | None:
    """What the encoder is told of the elements: None (`onehot`), or (E, F) vectors from text or at random.

    Random ones have the width of mat2vec, are scaled like it, and depend on torch's seed alone, without moving
    its state: a run has the same first weights and the same batches with either.

    Raises:
        ValueError: mat2vec is asked for, but its view was not given.
    """
    if kind == "onehot":
        return None
    if kind == "random":
        source = generator(torch.initial_seed(), APART)
        drawn = torch.randn(len(archive.elements), WIDTH, generator=source)
        return torch.from_numpy(scaled(drawn.numpy()))
    if archive.vectors is None:
        raise ValueError(
            "elements='mat2vec' needs the view vectors. Hint: add element_vectors/vectors to the study's views."
        )
    return torch.from_numpy(archive.vectors)
