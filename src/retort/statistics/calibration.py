"""Does a predicted sigma say how far off a prediction is?"""

import numpy as np

from retort.studies.transfer.robust import half_width

# The central intervals of the calibration curve.
LEVELS = np.round(np.arange(0.05, 1.0, 0.05), 2)


def observed_coverage(errors: np.ndarray, sigma: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Share of the records (N,) whose absolute error lies inside each central interval (L,) of its own distribution."""
    return (errors <= half_width(levels)[:, None] * sigma).mean(axis=1)
