"""The message-passing network as its published code computes it: every molecule of every reaction, every bond a matrix.

For tests and for the comparison of speed: with the weights of a `YieldNet` that looks at graphs alone it is the same
function. Written anew from the formulas of Kwon et al. (2022); nothing of it trains a model of this study.
"""

import numpy as np
import torch
from torch import Tensor

from retort.nn.edge_messages import BondGraphs, EdgeMessages
from retort.studies.yields.model import YieldNet
from retort.studies.yields.reactions import Reactions


def forward(model: YieldNet, reactions: Reactions, places: np.ndarray) -> tuple[Tensor, Tensor]:
    """Mean (B,) and log variance (B,) of the reactions at some places.

    Slot by slot, as in the published code: the first reactants of all reactions are a batch of graphs, then the second
    ones; what the slots give is added up, and reactants and products side by side are what the head reads.
    """
    sums = []
    for side in (0, 1):
        lists = [reactions.components(int(place), side) for place in places]
        total = model.bias.new_zeros(len(places), model.graph.width)
        for slot in range(max(map(len, lists))):
            rows = [row for row, some in enumerate(lists) if len(some) > slot]
            graphs = reactions.graphs(np.array([lists[row][slot] for row in rows]))
            total = total.index_add(0, torch.tensor(rows), molecules(model, graphs))
        sums.append(total)
    # One layer that reads both sides; the network keeps it in two parts.
    known = model.bias + model.first["reactants"](sums[0]) + model.first["products"](sums[1])
    mean, log_variance = model.rest(known).unbind(dim=1)
    return mean, log_variance


def molecules(model: YieldNet, graphs: BondGraphs) -> Tensor:
    """(M, readout) of a batch of graphs."""
    states = atoms(model.graph.messages, graphs)
    return model.graph.out(model.graph.set2set(states, graphs.molecule, len(graphs.sizes)))


def atoms(layer: EdgeMessages, graphs: BondGraphs) -> Tensor:
    """(A, 2 width) states of atoms, with a matrix (width, width) made for each of the directed bonds."""
    bonds = graphs.kinds.repeat_interleave(graphs.counts, dim=0)  # (bonds, E)
    matrices = layer.matrices(bonds).view(-1, layer.width, layer.width)
    first = layer.project(graphs.atoms).relu()
    state = first
    for _ in range(layer.steps):
        heard = torch.bmm(state.index_select(0, graphs.sources)[:, None], matrices)[:, 0]
        total = layer.bias.expand(len(state), -1).index_add(0, graphs.targets, heard)
        state = layer.gate(total.relu(), state)
    return torch.cat((first, state), dim=1)
