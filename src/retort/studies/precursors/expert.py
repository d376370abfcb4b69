"""A trained selector in use: vectors of targets, and how much each precursor is wanted."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from retort.sealed import read_tensors
from retort.studies.precursors.data import NONE, Archive
from retort.studies.precursors.model import Selector


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
        """An untrained model of the archive's sizes."""
        vocabulary = archive.vocabulary(settings["vocabulary"]["minimum_weight"])
        model = Selector(
            elements=len(archive.elements),
            precursors=len(vocabulary),
            decoded=len(archive.learned_elements),
            **settings["model"],
        )
        return cls(model.to(device), vocabulary, len(archive.precursors))

    @classmethod
    def load(cls, folder: Path, archive: Archive, settings: dict, device: torch.device) -> "Expert":
        """The model of a finished run.

        Raises:
            RuntimeError: it was trained on another data set or with other settings, so its sizes differ.
        """
        expert = cls.fresh(archive, settings, device)
        expert.model.load_state_dict(read_tensors(folder / "model.safetensors"))
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
