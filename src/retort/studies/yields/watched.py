"""What a network would be said to reach if its epoch were chosen on valid, or on test: noted, and never acted upon."""

from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from retort.studies.yields.data import PREDICTED, Records

Net = TypeVar("Net", bound=nn.Module)


class Watched(nn.Module, Generic[Net]):
    """A network, and its means at the evaluations that are best on valid and on test: kept in buffers, so that a
    resumed training ends with the same bytes. None of them acts on the training.

    Args:
        model: the network.
        records: what is predicted.
    """

    best: Tensor
    means: Tensor
    seen: Tensor

    def __init__(self, model: Net, records: Records):
        super().__init__()
        self.model = model
        self.truth = {part: torch.from_numpy(records.yields[records.rows_of(part)]) for part in PREDICTED}
        count = len(records.predicted)
        self.register_buffer("best", torch.full((2,), -torch.inf, dtype=torch.float64))
        self.register_buffer("means", torch.full((2, count), records.scaling()[0], dtype=torch.float64))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def note(self, means: Tensor) -> dict[str, float]:
        """R2 and RMSE of valid and of test, of the means (M,) in percent, clipped as scores are.

        The first evaluation is of a network that has learned nothing; it is never the best one.
        """
        held = len(self.truth["valid"])
        parts = dict(zip(PREDICTED, (means[:held], means[held:]), strict=True))
        terms: dict[str, float] = {}
        for number, (part, values) in enumerate(parts.items()):
            truth = self.truth[part].to(values.device)
            error = ((values.clip(0, 100) - truth) ** 2).mean()
            variance = truth.var(correction=0)
            explained = 1 - error / variance if variance > 0 else -error
            terms |= {f"{part}_r2": float(explained), f"{part}_rmse": float(error.sqrt())}
            if self.seen > 0 and explained > self.best[number]:
                self.best[number] = explained
                self.means[number] = means
        self.seen += 1
        return terms
