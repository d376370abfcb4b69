"""A multi-gate mixture of experts (Ma et al., KDD 2018): many tasks of one input, each with a gate of its own.

All experts are perceptrons of one shape, and so are all towers: they are computed side by side, by one product a layer.
With one expert it is a shared bottom, and `alone` makes a network for each task that shares nothing with the others.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class SideBySide(nn.Module):
    """K perceptrons of one shape, (1 or K, B, inputs) to (K, B, last width): linear layer, layer norm and ReLU each.

    Args:
        count: K.
        inputs: width of what they read.
        widths: of their layers.
    """

    def __init__(self, count: int, inputs: int, widths: Sequence[int]):
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        self.gains, self.shifts = nn.ParameterList(), nn.ParameterList()
        for before, after in zip([inputs, *widths[:-1]], widths, strict=True):
            weight, bias = drawn(count, before, after)
            self.weights.append(weight)
            self.biases.append(bias)
            self.gains.append(torch.ones(count, 1, after))
            self.shifts.append(torch.zeros(count, 1, after))

    def forward(self, rows: Tensor) -> Tensor:
        """(1 or K, B, inputs) to (K, B, last width)."""
        layers = zip(self.weights, self.biases, self.gains, self.shifts, strict=True)
        for weight, bias, gain, shift in layers:
            said = rows @ weight + bias  # (K, B, width)
            # The norm of each row, without the batch: what a row is told does not depend on its neighbours.
            rows = (nn.functional.layer_norm(said, said.shape[-1:]) * gain + shift).relu()
        return rows


def drawn(count: int, inputs: int, outputs: int) -> tuple[Tensor, Tensor]:
    """Weights (K, inputs, outputs) and biases (K, 1, outputs), each of the K as torch draws one linear layer."""
    bound = inputs**-0.5
    weight = torch.empty(count, inputs, outputs).uniform_(-bound, bound)
    return weight, torch.empty(count, 1, outputs).uniform_(-bound, bound)


class GatedExperts(nn.Module):
    """Rows (B, inputs) to one number for each task, (B, tasks). Weights come from torch's global generator.

    Args:
        inputs: width of a row.
        tasks: their number T.
        experts: of each network (published 8); with 1 there is nothing for a gate to choose, and there is none.
        hidden: widths of an expert (published 128, 64, 32).
        tower: widths of each task's own layers (published 32, 16).
        alone: a network of its own for each task.

    Raises:
        ValueError: no task, or no expert.
    """

    def __init__(
        self,
        inputs: int,
        tasks: int,
        experts: int,
        hidden: Sequence[int],
        tower: Sequence[int],
        *,
        alone: bool = False,
    ):
        super().__init__()
        if tasks < 1 or experts < 1:
            raise ValueError(
                f"{tasks=}, {experts=}: expected one of each at least. Hint: see `ranker` in the settings."
            )
        self.tasks, self.count = tasks, experts
        self.groups = tasks if alone else 1
        self.experts = SideBySide(self.groups * experts, inputs, hidden)
        # Without a norm: the published one is a side effect of a shared class, and makes a gate depend on the batch.
        self.gates = nn.Linear(inputs, tasks * experts) if experts > 1 else None
        self.towers = SideBySide(tasks, hidden[-1], tower)
        weight, bias = drawn(tasks, tower[-1], 1)
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)

    def forward(self, rows: Tensor) -> Tensor:
        """(B, inputs) to (B, tasks)."""
        said = self.experts(rows[None]).unflatten(0, (self.groups, self.count))  # (1 or T, E, B, width)
        shares = self.shares(rows)[..., None]  # (T, E, B, 1)
        mixed = (shares * said).sum(dim=1)  # (T, B, width)
        return (self.towers(mixed) @ self.weight + self.bias)[..., 0].T

    def shares(self, rows: Tensor) -> Tensor:
        """(T, E, B) how much each task listens to each expert of its network: sums to one over the experts."""
        if self.gates is None:
            return rows.new_ones(self.tasks, 1, len(rows))
        return self.gates(rows).unflatten(1, (self.tasks, self.count)).softmax(dim=2).permute(1, 2, 0)


def size(model: nn.Module) -> int:
    """How many numbers a model learns."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
