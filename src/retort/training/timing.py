"""How long a piece of work takes, measured so that it can be compared: one thread, processor time, the fastest call."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch and the linear algebra of NumPy on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def fastest(work: Callable[[], object], repeats: int) -> float:
    """Processor seconds of the fastest of some calls, after one to warm up."""
    work()  # the first call also pays for the libraries' start
    return min(seconds(work) for _ in range(repeats))


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start
