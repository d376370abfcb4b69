"""Freed memory stays with the process when it is asked for, and goes back to the system when it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import torch
from retort.training.memory import keep_freed
asked = {asked} and keep_freed()
values = torch.ones(25_000_000)
def held(): return int(open("/proc/self/statm").read().split()[1])
full = held()
del values
print(int(asked), (full - held()) / 25_000_000)
"""


def given_back(asked: bool) -> tuple[int, float]:
    """Whether it could be asked for, and pages by number of values that went back to the system."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(asked=asked)], capture_output=True, text=True, check=True
    )
    kept, pages = done.stdout.split()
    return int(kept), float(pages)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="of Linux")
def test_freed_memory_is_kept():
    kept, pages = given_back(asked=True)
    if not kept:
        pytest.skip("not glibc")
    assert pages < 0.1 / 1024  # a value has 4 bytes, a page 4,096
    assert given_back(asked=False)[1] > 0.9 / 1024
