"""What the comparisons share: the command line, formulas to train on, the clock and the report."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before any library counts the cores

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch import nn

from retort.chemistry.composition import parse
from retort.datasets.views.formulas import slots
from retort.studies.transfer.benchmark import matrix_rate, one_thread, seconds


def arguments(description: str, *, table: str, count: int, batch: int) -> argparse.ArgumentParser:
    """What every comparison is told."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("checkout", type=Path, help="folder of the published code, outside this repository")
    parser.add_argument("--table", type=Path, default=Path(table), help="prepared table of crystals")
    parser.add_argument("--count", type=int, default=count, help="records of one pass of training")
    parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--rounds", type=int, default=3, help="passes of each, taken in turns")
    return parser


@dataclass(frozen=True)
class Sample:
    """N formulas as in the view `formulas`, (N, M) each, and their standardised formation energies (N,)."""

    numbers: np.ndarray
    fractions: np.ndarray
    target: np.ndarray


def formulas(table: Path, count: int) -> Sample:
    """Some compositions of the training part, one record each."""
    rows = pl.read_parquet(table, columns=["formula", "composition", "formation_energy", "published_part"])
    rows = rows.filter(pl.col("published_part") == "train").sort("composition", "formula")
    rows = rows.unique("composition", keep="first", maintain_order=True).sample(count, seed=0, shuffle=True)
    amounts = [parse(formula) for formula in rows["formula"]]
    numbers, fractions = slots(
        [{symbol: float(n / sum(each.values())) for symbol, n in each.items()} for each in amounts]
    )
    target = rows["formation_energy"].to_numpy()
    return Sample(numbers, fractions, ((target - target.mean()) / target.std()).astype(np.float32))


def compare(
    passes: dict[str, Callable[[], object]],
    operations: dict[str, int],
    *,
    count: int,
    rounds: int,
    unit: str,
) -> None:
    """Time passes over `count` records in turns and print what they take.

    The first of `passes` is ours; a ratio is the time of another over its time, so above 1 where ours is faster.
    Seconds are the processor's. The fastest round counts; the range is that of the ratios of single rounds.

    Args:
        operations: floating-point operations of the matrix products of a pass.
    """
    taken: dict[str, list[float]] = {name: [] for name in passes}
    rates = []
    with one_thread():
        for work in passes.values():
            work()
        for _ in range(rounds):
            rates.append(matrix_rate())
            for name, work in passes.items():
                taken[name].append(seconds(work))
    rate = max(rates)
    own = next(iter(taken.values()))
    print(f"matrix multiplication: {rate / 1e9:.1f} GFLOP/s; one thread, {count} {unit}, {rounds} rounds")
    width = max(map(len, passes))
    print(f"{'':{width}}  s per 1,000   ratio (rounds)        share of the rate")
    for name, times in taken.items():
        singles = [one / other for one, other in zip(times, own, strict=True)]
        ratio = f"{min(times) / min(own):5.2f} ({min(singles):.2f}-{max(singles):.2f})"
        share = f"{operations[name] / min(times) / rate:.2f}" if name in operations else "-"
        print(f"{name:{width}}  {min(times) / count * 1000:11.3f}  {ratio:20}  {share:>6}", flush=True)


def plain_pass(
    optimizer: torch.optim.Optimizer,
    model: nn.Module,
    loss: Callable[[np.ndarray], torch.Tensor],
    batches: Sequence[np.ndarray],
    schedule: torch.optim.lr_scheduler.LRScheduler | None = None,
) -> Callable[[], None]:
    """One pass of training with an optimizer as it comes: forward, backward, step, clear."""

    def work() -> None:
        model.train()
        for batch in batches:
            loss(batch).backward()
            optimizer.step()
            optimizer.zero_grad()
            if schedule:
                schedule.step()

    return work


def report_difference(found: torch.Tensor, expected: torch.Tensor, name: str = "ours") -> None:
    """Print how far ours is from the published forward pass with the same weights."""
    far, most = float((found - expected).abs().max()), float(expected.abs().max())
    print(f"largest difference of the forward pass, {name}: {far:.1e} (values up to {most:.2f})")


def parameters(*models: nn.Module) -> Sequence[int]:
    """Trainable parameters of each model."""
    return [sum(each.numel() for each in model.parameters() if each.requires_grad) for model in models]
