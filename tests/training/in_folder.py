"""The context of a training in a test: on the CPU, with its checkpoint in a scratch folder."""

from pathlib import Path

import torch

from retort.training.run import RunContext


def context(folder: Path, seed: int = 0, fingerprint: str = "same") -> RunContext:
    return RunContext(seed, torch.device("cpu"), Path(folder), fingerprint, progress=False)
