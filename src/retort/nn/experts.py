"""A sparse mixture of experts (Shazeer et al., ICLR 2017): each row is told what the few experts that fit it say.

The choice of experts is deterministic, in training and afterwards, and the balance that is asked of it is over the
batch. (The package that the published model stands on draws the second expert by lot even in evaluation, and was
called with groups of a single row, in which there is nothing to balance.)
"""

import torch
from torch import Tensor, nn


class Experts(nn.Module):
    """Rows (B, width) to (B, width): relu(x W_e) of the `top` likeliest of `count` experts, weighted by likelihood.

    All experts are computed for all rows: they are few, and one product is faster than sorting rows.

    Args:
        width: of rows in and out.
        count: of experts (published 4).
        top: experts that each row listens to (published 2).

    Raises:
        ValueError: fewer experts than each row shall listen to.
    """

    def __init__(self, width: int, count: int, top: int = 2):
        super().__init__()
        if not 1 <= top <= count:
            raise ValueError(f"{top=} of {count=} experts. Hint: see `experts` in the run's settings.")
        self.gate = nn.Linear(width, count, bias=False)
        self.experts = nn.Parameter(torch.empty(count, width, width))
        self.top = top
        for matrix in self.experts:
            nn.init.kaiming_uniform_(matrix, a=5**0.5)  # each as torch draws one linear layer

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """What the experts say (B, width), and how unbalanced the batch is, as `imbalance` has it."""
        likely = self.gate(rows).softmax(dim=1)  # (B, count)
        weights = self.weights(likely)
        count, width, _ = self.experts.shape
        side_by_side = self.experts.transpose(0, 1).reshape(width, count * width)
        said = (rows @ side_by_side).relu().unflatten(1, (count, width))  # (B, count, width)
        return (weights[:, :, None] * said).sum(dim=1), imbalance(likely)

    def weights(self, likely: Tensor) -> Tensor:
        """(B, count) the likelihoods of each row's `top` experts, made to sum to one; zero for the others."""
        best, which = likely.topk(self.top, dim=1)
        return torch.zeros_like(likely).scatter(1, which, best / best.sum(dim=1, keepdim=True))


def imbalance(likely: Tensor) -> Tensor:
    """count x sum over experts of (share of rows that like it best) x (mean likelihood); 1 where all are used alike.

    The auxiliary loss of GShard (Lepikhin et al., ICLR 2021) over one batch; the gradient flows through the mean
    likelihood (B, count).
    """
    count = likely.shape[1]
    favourite = nn.functional.one_hot(likely.argmax(dim=1), count).to(likely.dtype)
    return count * (favourite.mean(dim=0) * likely.mean(dim=0)).sum()


class ResidualExperts(nn.Module):
    """x = L x, then y = dropout(relu(norm(x + experts(x)))): one layer of the published encoder of human features."""

    def __init__(self, width: int, count: int, dropout: float):
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.experts = Experts(width, count)
        self.norm = nn.BatchNorm1d(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """(B, width), and the imbalance of the batch."""
        rows = self.linear(rows)
        said, unbalanced = self.experts(rows)
        return self.dropout(self.norm(rows + said).relu()), unbalanced
