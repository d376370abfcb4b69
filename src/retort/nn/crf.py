"""A linear-chain conditional random field (Lafferty et al. 2001): tags of a sequence, judged together.

A sequence of tags scores the sum of the emissions of its places, of the transitions between neighbours, and of where it
starts and ends; its probability is the exponential of that over the sum for all sequences of its length.
"""

import torch
from torch import Tensor, nn

NEVER = -1e4  # the score of what is forbidden: finite, so that no gradient is NaN


class Chain(nn.Module):
    """Scores of transitions, which start at 0, and the three questions that are asked of a chain.

    Sequences are padded at their ends; every one has a real place, and its first one is real.

    Args:
        tags: T, how many there are.
        allowed: (T, T) bool, whether a tag (row) may be followed by another (column); None allows all.
        first: (T,) bool, whether a sequence may start with a tag; None allows all.
    """

    allowed: Tensor
    first: Tensor

    def __init__(self, tags: int, allowed: Tensor | None = None, first: Tensor | None = None):
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(tags, tags))
        self.start = nn.Parameter(torch.zeros(tags))
        self.end = nn.Parameter(torch.zeros(tags))
        for name, mask, size in (("allowed", allowed, (tags, tags)), ("first", first, (tags,))):
            mask = torch.ones(size, dtype=torch.bool) if mask is None else mask
            self.register_buffer(name, mask, persistent=False)

    def log_likelihood(self, emissions: Tensor, tags: Tensor, real: Tensor) -> Tensor:
        """(M,) log of the probability of tags, in nats.

        Args:
            emissions: (M, L, T). `tags`: (M, L) long, anything below T where there is padding. `real`: (M, L) bool.
        """
        step, start = self._scores()
        own = emissions.gather(2, tags[..., None])[..., 0]
        moves = step[tags[:, :-1], tags[:, 1:]]
        last = tags.gather(1, real.sum(dim=1, keepdim=True) - 1)[:, 0]
        score = (
            (own * real).sum(dim=1) + (moves * real[:, 1:]).sum(dim=1) + start[tags[:, 0]] + self.end[last]
        )
        return score - self.log_partition(emissions, real)

    def log_partition(self, emissions: Tensor, real: Tensor) -> Tensor:
        """(M,) log of the sum over all sequences of tags of the exponentials of their scores."""
        step, start = self._scores()
        reached = start + emissions[:, 0]  # (M, T)
        for place in range(1, emissions.shape[1]):
            on = torch.logsumexp(reached[:, :, None] + step, dim=1) + emissions[:, place]
            reached = torch.where(real[:, place, None], on, reached)
        return torch.logsumexp(reached + self.end, dim=1)

    def marginals(self, emissions: Tensor, real: Tensor) -> Tensor:
        """(M, L, T) the probability of each tag at each place, 0 where there is padding: the log-partition's slope."""
        with torch.enable_grad():
            leaf = emissions.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.log_partition(leaf, real).sum(), leaf)
        return slope.clamp(0, 1) * real[..., None]  # rounding may leave a trifle more

    @torch.no_grad()
    def decode(self, emissions: Tensor, real: Tensor) -> Tensor:
        """(M, L) the likeliest sequence of tags (Viterbi), 0 where there is padding."""
        step, start = self._scores()
        best = start + emissions[:, 0]
        stay = torch.arange(best.shape[1], device=best.device).expand_as(best)
        came = []  # of each place but the first: (M, T) the tag before
        for place in range(1, emissions.shape[1]):
            score, before = (best[:, :, None] + step).max(dim=1)
            here = real[:, place, None]
            best = torch.where(here, score + emissions[:, place], best)
            came.append(torch.where(here, before, stay))
        tag = (best + self.end).argmax(dim=1)
        tags = [tag]
        for before in reversed(came):
            tag = before.gather(1, tag[:, None])[:, 0]
            tags.append(tag)
        return torch.stack(tags[::-1], dim=1) * real

    def _scores(self) -> tuple[Tensor, Tensor]:
        """Of transitions and starts, what is forbidden having next to no chance."""
        return self.transitions.masked_fill(~self.allowed, NEVER), self.start.masked_fill(~self.first, NEVER)
