"""Seeds: one call fixes every random source, and one generator belongs to each step."""

import os
import random

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch, and ask torch for deterministic algorithms on one thread.

    Parallelism comes from jobs, not from threads: the order of a threaded sum is not fixed.
    """
    # cuBLAS is deterministic only with a fixed workspace, and reads this when it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries that we call still draw from the global state
    torch.manual_seed(seed)
    # The same as use_deterministic_algorithms(True, warn_only=True), which imports torch's compiler, two seconds long.
    torch.set_deterministic_debug_mode("warn")
    torch.set_num_threads(1)


def generator(seed: int, step: int) -> torch.Generator:
    """A generator that depends on `(seed, step)` alone.

    What is drawn for a step is therefore the same whether or not the run was interrupted before it.
    The multiplier spreads neighbouring seeds; torch wants a value below 2**63.
    """
    return torch.Generator().manual_seed((seed * 0x9E3779B97F4A7C15 + step) % 2**63)
