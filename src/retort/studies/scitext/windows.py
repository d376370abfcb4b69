"""A corpus cut into windows of one length, without padding: documents stand one after the other."""

import numpy as np

from retort.studies.scitext.pieces import Pieces


class Windows:
    """Which windows each step of a training sees: a pure function of the step, so that a resumed run needs no state.

    In every epoch the documents stand in another order, so that they are cut elsewhere; what is left at the end and
    fills no window waits for the next epoch.

    Args:
        pieces: the corpus.
        documents: (n,) numbers of those that are read.
        length: pieces of a window.
        batch: windows a step.
        seed: of the orders.

    Raises:
        ValueError: too few pieces for one window.
    """

    def __init__(self, pieces: Pieces, documents: np.ndarray, length: int, batch: int, seed: list[int]):
        self.pieces, self.documents, self.length, self.batch = pieces, documents, length, batch
        self.seed = seed
        # One more after each document, which marks its end.
        self.count = int(np.diff(pieces.offsets)[documents].sum() + len(documents)) // length
        if not self.count:
            raise ValueError(
                f"{len(documents)} documents fill no window of {length} pieces. "
                "Hint: look at the split, or shorten pretraining.length."
            )
        self._kept: dict[int, np.ndarray] = {}  # of this epoch and the one before it

    def __call__(self, step: int) -> np.ndarray:
        """(batch, length) int64 pieces of step 0, 1, ..."""
        epochs, within = np.divmod(np.arange(step * self.batch, (step + 1) * self.batch), self.count)
        parts = [
            self._epoch(epoch)[within[epochs == epoch]]
            for epoch in range(int(epochs[0]), int(epochs[-1]) + 1)
        ]
        return np.concatenate(parts)

    def _epoch(self, epoch: int) -> np.ndarray:
        """(count, length) all windows of an epoch."""
        if epoch not in self._kept:
            self._kept = {number: kept for number, kept in self._kept.items() if number == epoch - 1}
            rng = np.random.default_rng([*self.seed, epoch])
            stream, _ = self.pieces.joined(rng.permutation(self.documents))
            cut = stream[: self.count * self.length].reshape(self.count, self.length)
            self._kept[epoch] = cut[rng.permutation(self.count)]
        return self._kept[epoch]


def in_order(pieces: Pieces, documents: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """All windows of some documents, in their order, for measuring.

    Returns:
        (n, length) int64 pieces and (n, length) the number of the document that each belongs to, -1 where the last
        window is filled up from the start.
    """
    stream, owner = pieces.joined(documents)
    whole = -(-len(stream) // length) * length
    owner = np.concatenate([owner, np.full(whole - len(stream), -1)])
    return np.resize(stream, whole).reshape(-1, length), owner.reshape(-1, length)
