"""Which device a run uses."""

import torch


def choose_device(wanted: str = "auto") -> torch.device:
    """The GPU when there is one, otherwise the CPU.

    Args:
        wanted: `auto`, `cpu` or `cuda`.

    Raises:
        ValueError: `cuda` was asked for and there is none.
    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ValueError("device=cuda, but torch sees no GPU here. Hint: set device=auto.")
    return torch.device(wanted)
