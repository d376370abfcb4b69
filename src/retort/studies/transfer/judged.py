"""What trained models say of some rows, beside the truth."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Judged:
    """Values of M rows in the property's unit: as measured (NaN of asked rows), as predicted, and the predicted
    standard deviation, None where the system has none."""

    truth: np.ndarray
    mean: np.ndarray
    sigma: np.ndarray | None

    @classmethod
    def pooled(cls, truth: np.ndarray, means: list[np.ndarray], sigmas: list[np.ndarray | None]) -> "Judged":
        """The mixture of what several runs say: how far they are apart is doubt, too."""
        known = [sigma for sigma in sigmas if sigma is not None]
        doubt = np.mean(np.square(known), axis=0) if known else None
        total = None if doubt is None else np.sqrt(doubt + np.var(means, axis=0))
        return cls(truth, np.mean(means, axis=0), total)

    @property
    def unit_sigma(self) -> np.ndarray:
        """(M,) what a conformal score is divided by."""
        return np.ones(len(self.mean)) if self.sigma is None else self.sigma
