"""Damage a file as a disk or a careless editor does."""

import random
from collections.abc import Iterator
from pathlib import Path


def flipped(path: Path, times: int, seed: int = 0) -> Iterator[int]:
    """Let the file differ in one random bit at a time; yields which, and leaves the file as it was."""
    content = path.read_bytes()
    draw = random.Random(seed)
    for bit in draw.sample(range(8 * len(content)), times):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        yield bit
    path.write_bytes(content)
