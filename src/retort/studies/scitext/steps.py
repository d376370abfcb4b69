"""How long an encoder is tuned."""

import math
from collections.abc import Mapping


def steps_of(training: Mapping, documents: int) -> int:
    """So many epochs, no fewer steps than `least_steps` and no more than `most_steps`.

    Args:
        training: the block of the settings, with `epochs` and `batch`, documents a step.
    """
    epochs = math.ceil(training["epochs"] * math.ceil(documents / training["batch"]))
    return max(min(epochs, training["most_steps"]), training["least_steps"])
