"""Graphs with what is alike taken together: marks of rows and of neighbourhoods, and sums over what was taken together.

After n rounds of message passing an atom knows its neighbourhood of n bonds, and of the atoms of a batch many have the
same one: all methyl groups that sit on a benzene ring, say, and both sides of whatever is symmetric. Layers of a
network that see alike atoms alike need to run once for each kind of neighbourhood; for the drug-like molecules of a
batch these are a quarter of the atoms at one bond, and two thirds over five layers. Values and gradients stay the same.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

# Odd factors from a fixed seed; a mark is 64 bits, so that among a million atoms two different neighbourhoods get the
# same one in 1 of 10^7 batches.
ODD = np.random.default_rng(0).integers(2**64, size=256, dtype=np.uint64) | np.uint64(1)


def alike(marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row (U,) of each different mark, and which of them each of the N rows has (N,)."""
    _, first, kind = np.unique(marks, return_index=True, return_inverse=True)
    return first, kind


def hashed(rows: np.ndarray) -> np.ndarray:
    """A mark (N,) uint64 for each of the rows (N, C), whole numbers or others; C is 256 at most."""
    bits = rows.view(f"u{rows.itemsize}") if rows.dtype.kind == "f" else rows
    return mixed((bits.astype(np.uint64) * ODD[: rows.shape[1]]).sum(axis=1))


def mixed(marks: np.ndarray) -> np.ndarray:
    """One mark for another, such that sums of marks tell what was summed (the finaliser of SplitMix64)."""
    marks = (marks ^ (marks >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    marks = (marks ^ (marks >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return marks ^ (marks >> np.uint64(31))


def totals(marks: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """(N,) the sums of `marks` between each of `starts` (N + 1,) and the next, modulo 2^64."""
    running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(marks, dtype=np.uint64)])
    return running[starts[1:]] - running[starts[:-1]]


def ranges(offsets: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All indices that lie between the offsets of `rows` and the next ones, end to end, and how many of each row."""
    starts = offsets[rows]
    counts = offsets[rows + 1] - starts
    first = np.repeat(starts - (np.cumsum(counts) - counts), counts)
    return first + np.arange(len(first)), counts


class Product(torch.autograd.Function):
    """matrix (R, C) x h (C, W), whose gradient is the transposed matrix's product."""

    @staticmethod
    def forward(context: Any, h: Tensor, matrix: Tensor, transposed: Tensor) -> Tensor:
        context.transposed = transposed
        return matrix @ h

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return context.transposed @ gradient.contiguous(), None, None


@dataclass(frozen=True)
class Sums:
    """Which of C rows are added up into each of R: a sparse matrix (R, C) and its transpose."""

    matrix: Tensor
    transposed: Tensor

    def __call__(self, h: Tensor) -> Tensor:
        """(R, W) from h (C, W)."""
        return Product.apply(h, self.matrix.to(h.dtype), self.transposed.to(h.dtype))

    @classmethod
    def of(
        cls, counts: np.ndarray, columns: np.ndarray, width: int, device: torch.device | str = "cpu"
    ) -> "Sums":
        """Row r is the sum of the next `counts[r]` of `columns`, each below `width`; one may occur several times."""
        ones = torch.ones(len(columns))
        starts = np.concatenate([[0], np.cumsum(counts)])
        # Of 16-bit numbers numpy's stable order takes no comparisons.
        order = np.argsort(columns.astype(np.uint16) if width <= 2**16 else columns, kind="stable")
        rows = np.repeat(np.arange(len(counts)), counts)
        ends = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=width))])
        return cls(
            matrix(torch.from_numpy(starts), torch.from_numpy(columns), ones, (len(counts), width)).to(
                device
            ),
            matrix(torch.from_numpy(ends), torch.from_numpy(rows[order]), ones, (width, len(counts))).to(
                device
            ),
        )


def matrix(starts: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    """A sparse matrix in compressed rows."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        return torch.sparse_csr_tensor(starts, columns, values, shape, check_invariants=False)
