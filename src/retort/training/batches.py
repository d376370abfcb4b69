"""Which rows each step of a training sees: pure functions of (seed, step), so that a resumed run needs no state.

In all of them every row is seen once an epoch, in an order of its own each epoch; they differ in where an epoch is cut.
"""

from collections.abc import Sequence

import numpy as np


class EvenBatches:
    """Batches of as nearly the same size as whole numbers allow, in the order of the epoch.

    Args:
        rows: (N,) what is drawn from, or how many there are: then 0 ... N - 1.
        batch: most rows a batch; they are shared out evenly, so that no tiny batch is left over.
        seed: of the orders; several numbers where a run draws more than one order.

    Raises:
        ValueError: no rows, or `batch` is not positive.
    """

    def __init__(self, rows: np.ndarray | int, batch: int, seed: int | Sequence[int]):
        self.rows = np.arange(rows) if isinstance(rows, int) else np.asarray(rows)
        self.batch = batch
        self.seed = [seed] if isinstance(seed, int) else list(seed)
        if batch < 1 or not len(self.rows):
            raise ValueError(
                f"{batch=} of {len(self.rows)} rows, expected at least one of each. "
                "Hint: look at the part train of the split."
            )
        self._kept: dict[int, list[np.ndarray]] = {}  # of this epoch and the one before it

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.rows) // self.batch)

    def __call__(self, step: int) -> np.ndarray:
        """The rows of step 0, 1, ..."""
        epoch, index = divmod(step, self.steps_per_epoch)
        return self._epoch(epoch)[index]

    def _epoch(self, epoch: int) -> list[np.ndarray]:
        if epoch not in self._kept:
            self._kept = {number: cut for number, cut in self._kept.items() if number == epoch - 1}
            random = np.random.default_rng([*self.seed, epoch])
            self._kept[epoch] = self._cut(random.permutation(self.rows), random)
        return self._kept[epoch]

    def _cut(self, order: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
        ends = len(order) * np.arange(1, self.steps_per_epoch) // self.steps_per_epoch
        return np.split(order, ends)


class MixedBatches(EvenBatches):
    """The same, the larger batches at any place of the epoch."""

    def _cut(self, order: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
        parts = np.array_split(order, self.steps_per_epoch)
        return [parts[index] for index in random.permutation(len(parts))]


class FullBatches(EvenBatches):
    """Batches of exactly `batch` rows: the last one of an epoch is filled up from the next epoch."""

    def __call__(self, step: int) -> np.ndarray:
        """(batch,) rows of step 0, 1, ..."""
        positions = np.arange(step * self.batch, (step + 1) * self.batch)
        epochs, within = np.divmod(positions, len(self.rows))
        return np.concatenate(
            [self._epoch(epoch)[0][within[epochs == epoch]] for epoch in range(epochs[0], epochs[-1] + 1)]
        )

    def _cut(self, order: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
        return [order]
