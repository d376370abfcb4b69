"""Set2Set (Vinyals et al., ICLR 2016): a vector of a set, read from its members in several glances."""

import torch
from torch import Tensor, nn


class Set2Set(nn.Module):
    """Members (A, width) of M sets to (M, 2 width): the last question and its answer side by side.

    A recurrent cell asks; members are weighted by a softmax, within their set, of their product with the question; and
    their weighted sum is the answer, of which the cell forms the next question. The order of members does not matter.

    Args:
        width: of the members.
        iterations: questions asked (published 3).
    """

    def __init__(self, width: int, iterations: int):
        super().__init__()
        self.cell = nn.LSTMCell(2 * width, width)
        self.iterations = iterations

    def forward(self, members: Tensor, owner: Tensor, count: int) -> Tensor:
        """(count, 2 width).

        Args:
            owner: (A,) int64, to which of the `count` sets each member belongs. An empty set has the answer zero.
        """
        width = members.shape[1]
        answer = members.new_zeros(count, width)
        question, memory = answer, answer
        for _ in range(self.iterations):
            question, memory = self.cell(torch.cat((question, answer), dim=1), (question, memory))
            liking = (members * question.index_select(0, owner)).sum(dim=1)  # (A,)
            weight = softmax_within(liking, owner, count)
            answer = torch.zeros_like(answer).index_add(0, owner, weight[:, None] * members)
        return torch.cat((question, answer), dim=1)


def softmax_within(logits: Tensor, owner: Tensor, count: int) -> Tensor:
    """The softmax (A,) of logits (A,) among those of the same owner (A,), of which there are `count`."""
    with torch.no_grad():  # the shift cancels, and so does its gradient
        highest = logits.new_full((count,), -torch.inf).scatter_reduce(0, owner, logits, "amax")
    raised = (logits - highest.index_select(0, owner)).exp()
    total = logits.new_zeros(count).index_add(0, owner, raised)
    return raised / total.index_select(0, owner)
