"""What the C library does with memory that torch frees on a CPU."""

import ctypes
import sys

# From malloc.h of glibc.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_LARGEST = 2**31 - 1


def keep_freed() -> bool:
    """Keep freed memory for the next tensor instead of handing it back to the system; whether that could be asked for.

    glibc returns large blocks at once, and the system fills each new one with zeros, page by page, when it is first
    written: for the tensors of a training step (some MB each) that takes longer than the arithmetic. Nothing that is
    computed changes; the process holds what it needed most. Other C libraries are left alone.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    # No block comes from a mapping of its own, and the top of the heap is not given back.
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, _LARGEST))


def leave_unfilled() -> None:
    """Let deterministic algorithms go without the NaN that torch then fills all new memory with.

    It is there to unmask code that reads memory before it is written, and changes no result of code that does not.
    """
    import torch

    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
